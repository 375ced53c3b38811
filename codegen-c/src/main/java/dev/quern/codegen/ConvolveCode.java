package dev.quern.codegen;

import dev.quern.backend.ProductPrecision;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;

/// Convolutions in the general form: an item is a stretch of output positions of one channel, whose accumulators take
/// one (channel, tap) after another. [PatchProduct] and [PlaneCode] are the fast forms for floats.
final class ConvolveCode {
    private static final int STRETCH = 64;

    private final Kernel.Convolve kernel;
    private final KernelText text;
    private final int spatial;
    private final ContractCode.Accumulator sum;

    private ConvolveCode(Kernel.Convolve kernel, List<Buffer> buffers, Target target) {
        this.kernel = kernel;
        this.spatial = kernel.output().rank() - 2;
        this.sum = new ContractCode.Accumulator(kernel.accumulate());
        this.text = new KernelText("convolve", target == Target.CPU ? 1 : 64, buffers);
    }

    static List<Launch> of(Kernel.Convolve kernel, List<Buffer> buffers, Target target, ProductPrecision precision) {
        if (target == Target.CPU && PlaneCode.fits(kernel)) {
            return List.of(PlaneCode.of(kernel, buffers));
        }
        if (target != Target.FPGA) {
            PatchProduct product = PatchProduct.of(kernel, target);
            if (product != null && target == Target.CPU) {
                return product.launches(buffers);
            }
            if (product != null && GroupProduct.pays(product.weights().dim(2), product.positions())) {
                return List.of(product.grouped(buffers).launch(precision));
            }
        }
        return List.of(new ConvolveCode(kernel, buffers, target).launch(target));
    }

    private Launch launch(Target target) {
        View out = kernel.output();
        Kernel.Geometry g = kernel.geometry();
        List<String> extents = text.extents(out.dims());
        int line = spatial == 0 ? 1 : out.dim(out.rank() - 1);
        int stretch = target == Target.CPU ? Math.max(1, Math.min(line, STRETCH)) : 1;
        int partCount = Math.ceilDiv(line, stretch);
        List<String> parts = new ArrayList<>(extents.subList(0, spatial == 0 ? 2 : out.rank() - 1));
        parts.add(text.number(partCount));
        List<String> lead = text.positions("item", parts);
        String image = lead.getFirst();
        String channel = lead.get(1);
        text.line("int first = %s * %s;", lead.getLast(), stretch);
        text.line("int count = %s - first;", spatial == 0 ? "1" : extents.getLast());
        text.line("if (count > %s) count = %s;", stretch, stretch);
        text.line(
                "int source = %s / %s * %s + %s;",
                channel, text.number(Math.max(1, out.dim(1) / g.batchGroups())), extents.getFirst(), image);
        int depth = kernel.weights().dim(1);
        String depthName = text.number(depth);
        text.line(
                "int from_channel = %s / %s * %s;",
                channel, text.number(Math.max(1, out.dim(1) / g.featureGroups())), depthName);
        text.line("%s acc[%s];", sum.type(), stretch);
        text.line("for (int j = 0; j < count; j++) acc[j] = 0;");
        text.open("for (int c = 0; c < %s; c++) {", depthName);
        long taps = taps(lead);
        text.close();
        text.open("for (int j = 0; j < count; j++) {");
        List<String> at = new ArrayList<>(lead.subList(0, lead.size() - 1));
        if (spatial > 0) {
            at.add("(first + j)");
        }
        String state = text.variable(kernel.accumulate(), sum.value("acc[j]"));
        new Finish(kernel.epilogueOperands(), List.of(kernel.epilogue()), List.of(out))
                .write(text, List.of(state), at, extents);
        text.close();
        int items = line == 0 ? 0 : out.length() / line * partCount;
        return text.launch(items, out.length() * (taps * depth * 2 + 4));
    }

    /// The loops over taps, each adding to every accumulator.
    ///
    /// @return how many taps there are
    private long taps(List<String> lead) {
        long taps = 1;
        List<String> met = new ArrayList<>(List.of("source", "(from_channel + c)"));
        List<String> weight = new ArrayList<>(List.of(lead.get(1), "c"));
        StringBuilder inside = new StringBuilder("1");
        for (int axis = 0; axis < spatial; axis++) {
            int extent = kernel.weights().dim(axis + 2);
            taps *= extent;
            text.open("for (int t%s = 0; t%s < %s; t%s++) {", axis, axis, text.number(extent), axis);
            weight.add("t" + axis);
            if (axis + 1 < spatial) {
                inside.append(locate(axis, lead.get(axis + 2)));
                met.add("q" + axis);
            }
        }
        text.line("%s w = %s;", sum.type(), sum.operand(text, kernel.weights(), kernel.weightsZero(), weight));
        if (spatial > 0 && kernel.geometry().inputDilations().getLast() == 1) {
            met.add(meeting(inside.toString()));
            text.open("for (int j = low; j < high; j++) {");
            text.line("%s x = %s;", sum.type(), sum.operand(text, kernel.input(), kernel.inputZero(), met));
            text.line("acc[j] = %s;", sum.multiplyAdd("x", "w", "acc[j]"));
            text.close();
        } else {
            text.open("for (int j = 0; j < count; j++) {");
            if (spatial > 0) {
                inside.append(locate(spatial - 1, "(first + j)"));
                met.add("q" + (spatial - 1));
            }
            String x = sum.operand(text, kernel.input(), kernel.inputZero(), met);
            text.line("%s x = 0;", sum.type());
            text.line("if (%s) x = %s;", inside, x);
            text.line("acc[j] = %s;", sum.multiplyAdd("x", "w", "acc[j]"));
            text.close();
        }
        for (int axis = 0; axis < spatial; axis++) {
            text.close();
        }
        return taps;
    }

    /// Computes from `low` to `high` which output positions' tap of the last axis meets an element, and adds to the
    /// others what padding gives: a loop without conditions is left, of which the C compiler can make vectors.
    ///
    /// @param inside whether the taps of the other axes meet one
    /// @return which input position the output position `first + j` meets
    private String meeting(String inside) {
        Kernel.Geometry g = kernel.geometry();
        String stride = text.structural(g.strides().getLast());
        text.line(
                "int met = first * %s + t%s * %s - %s;",
                stride,
                spatial - 1,
                text.structural(g.dilations().getLast()),
                text.structural(g.padLow().getLast()));
        text.line("int room = %s - met;", text.number(kernel.input().dim(spatial + 1)));
        text.line("int low = met < 0 ? (%s - 1 - met) / %s : 0;", stride, stride);
        text.line("int high = room <= 0 ? 0 : (room + %s - 1) / %s;", stride, stride);
        text.line("if (!(%s) || low > count) low = count;", inside);
        text.line("if (high > count) high = count;");
        text.line("if (high < low) high = low;");
        if (kernel.accumulate().isFloat()) {
            // 0 times infinity is no number
            text.line("%s none = 0;", sum.type());
            String padded = sum.multiplyAdd("none", "w", "acc[j]");
            text.line("for (int j = 0; j < low; j++) acc[j] = %s;", padded);
            text.line("for (int j = high; j < count; j++) acc[j] = %s;", padded);
        }
        return "(met + j * " + stride + ")";
    }

    /// Computes which input position tap and output position meet along an axis.
    ///
    /// @return the condition that there is an element
    private String locate(int axis, String position) {
        Kernel.Geometry g = kernel.geometry();
        String q = "q" + axis;
        text.line(
                "int %s = %s * %s + t%s * %s - %s;",
                q,
                position,
                text.structural(g.strides().get(axis)),
                axis,
                text.structural(g.dilations().get(axis)),
                text.structural(g.padLow().get(axis)));
        String spread = text.structural(g.inputDilations().get(axis));
        String extent = text.number(kernel.input().dim(axis + 2));
        if (spread.equals("1")) {
            return " & (" + q + " >= 0) & (" + q + " < " + extent + ")";
        }
        String on = "on" + axis;
        text.line("int %s = (%s >= 0) & (%s %% %s == 0);", on, q, q, spread);
        text.line("%s /= %s;", q, spread);
        return " & " + on + " & (" + q + " < " + extent + ")";
    }
}
