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
    static @Nullable PatchProduct of(Kernel.Convolve kernel) {
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
        if ((long) images * groups * panels * depth * TiledProduct.COLUMNS > MOST) {
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
        return List.of(
                patches(buffers, panels, target), TiledProduct.tiles(weights, finish, buffers, distinct, target));
    }

    /// What each tap meets at each position; padding and what input dilation puts in as 0.
    private Launch patches(List<Buffer> buffers, int panels, Launch.Scratch target) {
        View input = kernel.input();
        View out = kernel.output();
        Kernel.Geometry g = kernel.geometry();
        int spatial = out.rank() - 2;
        KernelText text = new KernelText("patches", 1, buffers);
        List<String> parts = text.extents(out.dim(0), g.featureGroups(), panels);
        List<String> taps = new ArrayList<>();
        for (int axis = 1; axis < kernel.weights().rank(); axis++) {
            taps.add(text.number(kernel.weights().dim(axis)));
        }
        parts.addAll(taps);
        List<String> at = text.positions("item", parts);
        List<String> met = new ArrayList<>(List.of(at.getFirst()));
        met.add("(" + at.get(1) + " * " + taps.getFirst() + " + " + at.get(3) + ")");
        List<String> places = new ArrayList<>();
        for (int axis = 0; axis < spatial; axis++) {
            places.add(text.number(out.dim(axis + 2)));
        }
        String count = text.number(positions);
        text.open("for (int j = 0; j < %s; j++) {", TiledProduct.COLUMNS);
        text.line("int place = %s * %s + j;", at.get(2), TiledProduct.COLUMNS);
        List<String> position = text.positions("place", places);
        StringBuilder inside = new StringBuilder("(place < " + count + ")");
        for (int axis = 0; axis < spatial; axis++) {
            String q = "q" + axis;
            text.line(
                    "int %s = %s * %s + %s * %s - %s;",
                    q,
                    position.get(axis),
                    text.structural(g.strides().get(axis)),
                    at.get(axis + 4),
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
        text.line("float x = 0.0f;");
        text.line("if (%s) x = %s;", inside, text.load(input, met));
        text.line("%s[item * %s + j] = x;", text.pointer(target), TiledProduct.COLUMNS);
        text.close();
        return text.launch(target.length() / TiledProduct.COLUMNS, 8L * target.length());
    }
}
