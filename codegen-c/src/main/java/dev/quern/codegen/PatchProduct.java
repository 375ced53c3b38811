package dev.quern.codegen;

import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A convolution as a [TiledProduct]: the weights of a group [channels, (c, taps…)] times what the taps meet at all
/// output positions [(c, taps…), positions], laid out in panels. The sums take the same steps in the same order as the
/// direct form.
///
/// @param weights [n, groups, channels, k], the same for every image
/// @param finish stores [n, groups, channels, positions]
/// @param depth k
record PatchProduct(Kernel.Convolve kernel, View weights, Finish finish, int depth, int positions) {
    /// Panels of more elements are not made.
    private static final long MOST = 1L << 24;

    private static final int LEAST_CHANNELS = 4;

    /// The form for `kernel`; `null` where it has none or does not pay.
    static @Nullable PatchProduct of(Kernel.Convolve kernel, Target target) {
        View out = kernel.output();
        View w = kernel.weights();
        int groups = kernel.geometry().featureGroups();
        int images = out.dim(0);
        int channels = out.dim(1) / groups;
        if (kernel.accumulate() != DType.F32
                || kernel.input().dtype().computeType() != DType.F32
                || w.dtype().computeType() != DType.F32
                || kernel.inputZero() != null
                || kernel.weightsZero() != null
                || kernel.geometry().batchGroups() != 1
                || out.rank() < 3
                || out.length() == 0
                || w.length() == 0
                || channels < LEAST_CHANNELS) {
            return null;
        }
        int depth = w.length() / w.dim(0);
        int positions = out.length() / (images * out.dim(1));
        long panels = Math.ceilDiv(positions, TiledProduct.COLUMNS);
        boolean laysOut = target == Target.CPU;
        if (laysOut && (long) images * groups * panels * depth * TiledProduct.COLUMNS > MOST) {
            return null;
        }
        View matrices = w.reshape(groups, channels, depth);
        Finish finish = reshaped(
                new Finish(kernel.epilogueOperands(), List.of(kernel.epilogue()), List.of(out)),
                new int[] {images, groups, channels, positions});
        return matrices == null || finish == null
                ? null
                : new PatchProduct(kernel, matrices.expand(images, groups, channels, depth), finish, depth, positions);
    }

    private static @Nullable Finish reshaped(Finish finish, int[] dims) {
        if (finish.readsIndex()) {
            return null;
        }
        List<View> operands = new ArrayList<>();
        for (View v : finish.operands()) {
            View r = v.reshape(dims);
            if (r == null) {
                return null;
            }
            operands.add(r);
        }
        View output = finish.outputs().getFirst().reshape(dims);
        return output == null ? null : new Finish(operands, finish.exprs(), List.of(output));
    }

    List<Launch> launches(List<Buffer> buffers) {
        View out = finish.outputs().getFirst();
        int panels = Math.ceilDiv(positions, TiledProduct.COLUMNS);
        int length = out.dim(0) * out.dim(1) * panels * depth * TiledProduct.COLUMNS;
        Launch.Scratch target = new Launch.Scratch(0, DType.F32, length);
        int[] distinct = {out.dim(0), out.dim(1), depth, positions};
        View matrices = isOneTap() ? kernel.input().reshape(out.dim(0), out.dim(1), depth, positions) : null;
        return List.of(
                matrices == null
                        ? patches(buffers, panels, target)
                        : TiledProduct.pack(matrices, panels, buffers, target),
                TiledProduct.tiles(weights, finish, buffers, distinct, target));
    }

    /// Whether the input is the matrix as it is: its channels times its positions.
    private boolean isOneTap() {
        Kernel.Geometry g = kernel.geometry();
        boolean isOne = true;
        for (int axis = 0; axis < g.strides().size(); axis++) {
            isOne &= kernel.weights().dim(axis + 2) == 1
                    && g.strides().get(axis) == 1
                    && g.padLow().get(axis) == 0
                    && g.inputDilations().get(axis) == 1
                    && kernel.output().dim(axis + 2) == kernel.input().dim(axis + 2);
        }
        return isOne;
    }

    /// What each tap meets at each position; padding and what input dilation puts in as 0.
    private Launch patches(List<Buffer> buffers, int panels, Launch.Scratch target) {
        View out = kernel.output();
        KernelText text = new KernelText("patches", 1, buffers);
        List<String> parts = text.extents(out.dim(0), kernel.geometry().featureGroups(), panels);
        List<String> taps = taps(text);
        parts.addAll(taps);
        List<String> at = text.positions("item", parts);
        List<String> places = places(text);
        String count = text.number(positions);
        text.line("int place = %s * %s;", at.get(2), TiledProduct.COLUMNS);
        List<String> position = text.positions("place", places);
        text.open("for (int j = 0; j < %s; j++) {", TiledProduct.COLUMNS);
        text.line("float x = 0.0f;");
        Met met = met(text, at.getFirst(), at.get(1), taps, at.subList(3, at.size()), position);
        text.line("if ((place + j < %s)%s) x = %s;", count, met.inside(), met.value());
        text.line("%s[item * %s + j] = x;", text.pointer(target), TiledProduct.COLUMNS);
        text.line(next(position, places));
        text.close();
        return text.launch(target.length() / TiledProduct.COLUMNS, 8L * target.length());
    }

    /// Goes on to the next position; a division for each would take longer than all else.
    private static String next(List<String> position, List<String> extents) {
        String next = position.getFirst() + "++;";
        for (int axis = 1; axis < position.size(); axis++) {
            String i = position.get(axis);
            next = "if (++" + i + " == " + extents.get(axis) + ") { " + i + " = 0; " + next + " }";
        }
        return next;
    }

    private List<String> taps(KernelText text) {
        List<String> taps = new ArrayList<>();
        for (int axis = 1; axis < kernel.weights().rank(); axis++) {
            taps.add(text.number(kernel.weights().dim(axis)));
        }
        return taps;
    }

    private List<String> places(KernelText text) {
        List<String> places = new ArrayList<>();
        for (int axis = 2; axis < kernel.output().rank(); axis++) {
            places.add(text.number(kernel.output().dim(axis)));
        }
        return places;
    }

    /// On a GPU what taps meet is gathered while the product runs, not laid out before.
    GroupProduct grouped(List<Buffer> buffers) {
        ContractCode.Accumulator sum = new ContractCode.Accumulator(DType.F32);
        SumTile.Element weight =
                (text, batch, row, k) -> sum.operand(text, weights, null, GroupProduct.position(batch, row, k));
        SumTile.Element patch = (text, batch, column, k) -> {
            List<String> taps = taps(text);
            List<String> tap = text.positions(k, taps);
            Met met = met(text, batch.getFirst(), batch.get(1), taps, tap, text.positions(column, places(text)));
            text.line("x = 1%s ? %s : 0.0f;", met.inside(), met.value());
            return "x";
        };
        boolean isAlongDepth = weights.stride(weights.rank() - 1) == 1;
        return new GroupProduct(
                buffers,
                sum,
                depth,
                new SumTile.Operand(isAlongDepth, weight),
                new SumTile.Operand(false, patch),
                finish);
    }

    /// Where a tap meets an element.
    ///
    /// @param inside conditions that it does, each after an `&`
    private record Met(String inside, String value) {}

    /// @param tap the channel within the group, then the position of the tap
    private Met met(
            KernelText text, String image, String group, List<String> taps, List<String> tap, List<String> position) {
        View input = kernel.input();
        Kernel.Geometry g = kernel.geometry();
        List<String> met = new ArrayList<>(List.of(image));
        met.add("(" + group + " * " + taps.getFirst() + " + " + tap.getFirst() + ")");
        StringBuilder inside = new StringBuilder();
        for (int axis = 0; axis < position.size(); axis++) {
            String q = "q" + axis;
            text.line(
                    "int %s = %s * %s + %s * %s - %s;",
                    q,
                    position.get(axis),
                    text.structural(g.strides().get(axis)),
                    tap.get(axis + 1),
                    text.structural(g.dilations().get(axis)),
                    text.structural(g.padLow().get(axis)));
            inside.append(" & (").append(q).append(" >= 0)");
            String spread = text.structural(g.inputDilations().get(axis));
            if (!spread.equals("1")) {
                inside.append(" & (on").append(axis).append(" == 0)");
                text.line("int on%s = %s %% %s;", axis, q, spread);
                text.line("%s /= %s;", q, spread);
            }
            inside.append(" & (")
                    .append(q)
                    .append(" < ")
                    .append(text.number(input.dim(axis + 2)))
                    .append(')');
            met.add(q);
        }
        return new Met(inside.toString(), text.load(input, met));
    }
}
