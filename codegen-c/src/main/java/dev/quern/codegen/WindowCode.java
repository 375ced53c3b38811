package dev.quern.codegen;

import dev.quern.expr.BinaryFn;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// Pooling: an item is an output, over its taps in order.
final class WindowCode {
    private final Kernel.Window kernel;
    private final DType dtype;
    private final KernelText text;
    private final List<String> at;

    private WindowCode(Kernel.Window kernel, List<Buffer> buffers) {
        this.kernel = kernel;
        this.dtype = kernel.input().dtype().computeType();
        this.text = new KernelText("window", 16, buffers);
        this.at = text.positions("item", text.extents(kernel.output().dims()));
    }

    static Launch of(Kernel.Window kernel, List<Buffer> buffers) {
        return new WindowCode(kernel, buffers).launch();
    }

    private Launch launch() {
        BinaryFn fn = kernel.reducer() == Kernel.WindowReducer.MAX ? BinaryFn.MAX : BinaryFn.ADD;
        text.line("%s sum = %s;", CTypes.computed(dtype), Identities.of(fn, dtype));
        text.line("int real = 0;");
        text.line("int padded = 0;");
        int taps = eachTap("", () -> {
            text.line("padded++;");
            text.open("if (inside) {");
            text.line("real++;");
            text.line("%s x = %s;", CTypes.computed(dtype), element());
            text.line("sum = %s;", combined(fn));
            text.close();
        });
        String result = "sum";
        if (kernel.reducer() == Kernel.WindowReducer.AVERAGE) {
            String count = "(" + CTypes.computed(dtype) + ") " + (kernel.countPadding() ? "padded" : "real");
            result = dtype.isFloat() ? "sum / " + count : Scalars.integer(BinaryFn.DIV, dtype, "sum", count);
        }
        text.store(kernel.output(), at, "(" + result + ")");
        View indices = kernel.indices();
        if (indices != null) {
            text.line("i64 found = -1;");
            eachTap(" && found < 0", () -> {
                text.line("%s x = 0;", CTypes.computed(dtype));
                text.line("if (inside) x = %s;", element());
                text.line("if (inside && found < 0 && (x == sum || x != x)) found = place;");
            });
            text.store(indices, at, "found");
        }
        return text.launch(kernel.output().length(), (long) kernel.output().length() * (taps * 4L + 8));
    }

    private String combined(BinaryFn fn) {
        if (dtype.isFloat()) {
            return Scalars.binary(fn, dtype == DType.F64, "sum", "x");
        }
        return dtype == DType.BOOL ? "(sum | x)" : Scalars.integer(fn, dtype, "sum", "x");
    }

    private String element() {
        List<String> met = new ArrayList<>(at.subList(0, 2));
        for (int axis = 0; axis < kernel.taps().size(); axis++) {
            met.add("q" + axis);
        }
        return text.load(kernel.input(), met);
    }

    /// Loops over the taps that count: `inside` says whether they meet an element, `place` its number in the plane.
    private int eachTap(String goesOn, Runnable body) {
        int taps = 1;
        StringBuilder inside = new StringBuilder("1");
        String place = "0";
        int spatial = kernel.taps().size();
        for (int axis = 0; axis < spatial; axis++) {
            int extent = kernel.input().dim(axis + 2);
            taps *= kernel.taps().get(axis);
            String count = text.number(kernel.taps().get(axis));
            text.open("for (int t%s = 0; t%s < %s%s; t%s++) {", axis, axis, count, goesOn, axis);
            text.line(
                    "int q%s = %s * %s + t%s * %s - %s;",
                    axis,
                    at.get(axis + 2),
                    text.structural(kernel.strides().get(axis)),
                    axis,
                    text.structural(kernel.dilations().get(axis)),
                    text.structural(kernel.padLow().get(axis)));
            String end = text.number(extent + kernel.padHigh().get(axis));
            text.line("if (q%s >= %s) continue;", axis, end);
            String size = text.number(extent);
            inside.append(String.format(java.util.Locale.ROOT, " & (q%s >= 0) & (q%s < %s)", axis, axis, size));
            place = axis == 0 ? "q0" : "(" + place + " * " + size + " + q" + axis + ")";
        }
        text.line("int inside = %s;", inside);
        text.line("int place = %s;", place);
        body.run();
        for (int axis = 0; axis < spatial; axis++) {
            text.close();
        }
        return taps;
    }
}
