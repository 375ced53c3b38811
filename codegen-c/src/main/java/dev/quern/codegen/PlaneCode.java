package dev.quern.codegen;

import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// Convolutions of each channel for itself, in `f32` on a CPU: an item is some rows of one plane. The input rows that a
/// row of taps meets are copied between zeros first, so that vectors of 8 sums meet no border; the sums take the taps
/// in the order of the plain form. OpenCL C only, for its vectors.
final class PlaneCode {
    private static final int WIDTH = 8;
    /// Sums of a row at a time.
    private static final int STRETCH = 64;
    /// Sums of an item, about.
    private static final int SUMS = 1024;

    private static final int MOST_TAPS = 49;

    private final Kernel.Convolve kernel;
    private final KernelText text;
    private final int rows;
    private final int columns;
    private final int stride;
    private final int dilation;
    /// Elements of a copied input row.
    private final int line;

    private PlaneCode(Kernel.Convolve kernel, List<Buffer> buffers) {
        this.kernel = kernel;
        this.text = new KernelText("planes", 1, buffers);
        this.rows = kernel.weights().dim(2);
        this.columns = kernel.weights().dim(3);
        this.stride = kernel.geometry().strides().getLast();
        this.dilation = kernel.geometry().dilations().getLast();
        this.line = STRETCH * stride + (columns - 1) * dilation;
    }

    static boolean fits(Kernel.Convolve kernel) {
        Kernel.Geometry g = kernel.geometry();
        View w = kernel.weights();
        return kernel.accumulate() == DType.F32
                && kernel.input().dtype().computeType() == DType.F32
                && w.dtype().computeType() == DType.F32
                && kernel.inputZero() == null
                && kernel.weightsZero() == null
                && w.rank() == 4
                && w.dim(1) == 1
                && w.length() > 0
                && kernel.output().length() > 0
                && g.batchGroups() == 1
                && g.inputDilations().equals(List.of(1, 1))
                && g.strides().getLast() <= 2
                && w.dim(2) * w.dim(3) <= MOST_TAPS
                && (w.dim(3) - 1) * g.dilations().getLast() <= STRETCH;
    }

    static Launch of(Kernel.Convolve kernel, List<Buffer> buffers) {
        return new PlaneCode(kernel, buffers).launch();
    }

    private Launch launch() {
        View out = kernel.output();
        int block = Math.clamp(SUMS / out.dim(3), 1, out.dim(2));
        int blocks = Math.ceilDiv(out.dim(2), block);
        int parts = Math.ceilDiv(out.dim(3), STRETCH);
        List<String> extents = text.extents(out.dims());
        String height = text.number(block);
        List<String> at = text.positions(
                "item", List.of(extents.get(0), extents.get(1), text.number(blocks), text.number(parts)));
        text.line("int first = %s * %s;", at.get(3), STRETCH);
        text.line("int count = %s - first;", extents.get(3));
        text.line("if (count > %s) count = %s;", STRETCH, STRETCH);
        text.line("int end = (%s + 1) * %s;", at.get(2), height);
        text.line("if (end > %s) end = %s;", extents.get(2), extents.get(2));
        text.line("float w[%s], x[%s], acc[%s];", rows * columns, rows * line, STRETCH);
        for (int t = 0; t < rows * columns; t++) {
            List<String> tap = List.of(at.get(1), "0", String.valueOf(t / columns), String.valueOf(t % columns));
            text.line("w[%s] = %s;", t, text.load(kernel.weights(), tap));
        }
        text.open("for (int y = %s * %s; y < end; y++) {", at.get(2), height);
        copyRows(at.getFirst(), at.get(1));
        sum();
        text.open("for (int j = 0; j < count; j++) {");
        text.line("float sum = acc[j];");
        new Finish(kernel.epilogueOperands(), List.of(kernel.epilogue()), List.of(out))
                .write(text, List.of("sum"), List.of(at.get(0), at.get(1), "y", "(first + j)"), extents);
        text.close();
        text.close();
        return text.launch(out.dim(0) * out.dim(1) * blocks * parts, out.length() * (2L * rows * columns + 4));
    }

    /// Copies what the taps of each row meet, zeros where that is padding.
    private void copyRows(String image, String channel) {
        Kernel.Geometry g = kernel.geometry();
        View input = kernel.input();
        int each = Math.max(1, kernel.output().dim(1) / g.featureGroups());
        text.line(
                "int left = first * %s - %s;",
                stride, text.structural(g.padLow().getLast()));
        text.line(
                "int reach = (count + %s) / %s * %s + %s;", WIDTH - 1, WIDTH, WIDTH * stride, (columns - 1) * dilation);
        text.open("for (int t = 0; t < %s; t++) {", rows);
        text.line(
                "int q = y * %s + t * %s - %s;",
                text.structural(g.strides().getFirst()),
                text.structural(g.dilations().getFirst()),
                text.structural(g.padLow().getFirst()));
        text.line("int low = left < 0 ? -left : 0;");
        text.line(
                "int high = (q >= 0) & (q < %s) ? %s - left : 0;",
                text.number(input.dim(2)), text.number(input.dim(3)));
        text.line("if (low > reach) low = reach;");
        text.line("if (high > reach) high = reach;");
        text.line("if (high < low) high = low;");
        text.line("for (int i = 0; i < low; i++) x[t * %s + i] = 0.0f;", line);
        List<String> met = new ArrayList<>(List.of(image, "(" + channel + " / " + text.structural(each) + ")"));
        met.addAll(List.of("q", "(left + i)"));
        text.line("for (int i = low; i < high; i++) x[t * %s + i] = %s;", line, text.load(input, met));
        text.line("for (int i = high; i < reach; i++) x[t * %s + i] = 0.0f;", line);
        text.close();
    }

    private void sum() {
        text.open("for (int j = 0; j < count; j += %s) {", WIDTH);
        text.line("float8 a = 0.0f;");
        for (int t = 0; t < rows * columns; t++) {
            int from = t / columns * line + t % columns * dilation;
            String met = stride == 1 ? "vload8(0, x + j + " + from + ")" : "vload16(0, x + 2 * j + " + from + ").even";
            text.line("a = fma(%s, (float8) (w[%s]), a);", met, t);
        }
        text.line("vstore8(a, 0, acc + j);");
        text.close();
    }
}
