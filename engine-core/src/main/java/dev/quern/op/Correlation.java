package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Lowering;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The relation that a convolution, its adjoints and a transposed convolution share: output `p` of y [n, o, out…] sees
/// input `p · stride + tap · dilation − padLow` of x [n, c, in…] through `tap` of w [o, c / groups, taps…].
///
/// @param batch n
/// @param channels c
/// @param outputs o
record Correlation(
        int batch,
        int groups,
        int channels,
        int outputs,
        int[] in,
        int[] out,
        int[] taps,
        List<Integer> strides,
        List<Integer> dilations,
        int[] padLow) {

    /// From the dims of x, w and y.
    static Correlation of(Sliding sliding, int groups, int[] x, int[] w, int[] y) {
        int axes = x.length - 2;
        int[] padLow = new int[axes];
        for (int i = 0; i < axes; i++) {
            padLow[i] = sliding.padLow(i, x[2 + i], w[2 + i]);
        }
        return of(sliding, groups, x, w, y, padLow);
    }

    /// With padding that is already decided.
    static Correlation of(Sliding sliding, int groups, int[] x, int[] w, int[] y, int[] padLow) {
        int axes = x.length - 2;
        return new Correlation(
                x[0],
                groups,
                x[1],
                w[0],
                spatial(x),
                spatial(y),
                spatial(w),
                sliding.strides(axes),
                sliding.dilations(axes),
                padLow);
    }

    /// That of a pool with windows of `taps`: each plane of x by itself.
    static Correlation ofPlanes(Sliding sliding, List<Integer> taps, int[] x, int[] y) {
        int[] w = Axes.concat(
                new int[] {1, 1}, taps.stream().mapToInt(Integer::intValue).toArray());
        return of(sliding, 1, planes(x), w, planes(y));
    }

    /// The dims [N·C, 1, spatial…] for [N, C, spatial…].
    static int[] planes(int... dims) {
        int[] planes = dims.clone();
        planes[0] = dims[0] * dims[1];
        planes[1] = 1;
        return planes;
    }

    private static int[] spatial(int... dims) {
        return Arrays.copyOfRange(dims, 2, dims.length);
    }

    /// Takes the row-major positions of three elements that belong together.
    interface Triple {
        void at(int x, int w, int y);
    }

    /// Visits every product of the convolution.
    void forEach(Triple visitor) {
        int perGroup = channels / groups;
        List<int[]> meetings = meetings();
        for (int n = 0; n < batch; n++) {
            for (int o = 0; o < outputs; o++) {
                for (int c = 0; c < perGroup; c++) {
                    int x = (n * channels + o / (outputs / groups) * perGroup + c) * size(in);
                    int y = (n * outputs + o) * size(out);
                    int w = (o * perGroup + c) * size(taps);
                    for (int[] at : meetings) {
                        visitor.at(x + at[0], w + at[1], y + at[2]);
                    }
                }
            }
        }
    }

    /// Within one plane each: the positions in x, w and y that meet.
    private List<int[]> meetings() {
        List<int[]> found = new ArrayList<>();
        Positions p = new Positions(Axes.concat(out, taps));
        for (int i = size(out) * size(taps); i > 0; i--, p.next()) {
            int x = 0;
            int w = 0;
            int y = 0;
            boolean inside = true;
            for (int a = 0; a < in.length; a++) {
                int at = (int) p.index()[a];
                int tap = (int) p.index()[in.length + a];
                int position = at * strides.get(a) + tap * dilations.get(a) - padLow[a];
                inside &= position >= 0 && position < in[a];
                x = x * in[a] + position;
                w = w * taps[a] + tap;
                y = y * out[a] + at;
            }
            if (inside) {
                found.add(new int[] {x, w, y});
            }
        }
        return found;
    }

    private static int size(int... dims) {
        return Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    }

    /// The sums of products in y, as doubles.
    double[] outputs(Tensor x, Tensor w) {
        double[] sums = new double[batch * outputs * size(out)];
        forEach((i, j, k) -> sums[k] += x.getDouble(i) * w.getDouble(j));
        return sums;
    }

    /// The sums of products in x, as doubles.
    double[] inputs(Tensor y, Tensor w) {
        double[] sums = new double[batch * channels * size(in)];
        forEach((i, j, k) -> sums[i] += y.getDouble(k) * w.getDouble(j));
        return sums;
    }

    /// The sums of products in w, as doubles.
    double[] weights(Tensor x, Tensor y) {
        double[] sums = new double[outputs * (channels / groups) * size(taps)];
        forEach((i, j, k) -> sums[j] += x.getDouble(i) * y.getDouble(k));
        return sums;
    }

    /// y = x ∗ w + bias.
    void emitOutputs(Lowering l, View x, View w, @Nullable View bias, View y) {
        emit(l, x, w, forward(), bias, y);
    }

    /// x from y, spread by the stride, and w turned round; + bias.
    void emitInputs(Lowering l, View y, View w, @Nullable View bias, View x) {
        emit(l, y, opposite(l, w), backward(), bias, x);
    }

    /// w from x and y, with channels as batch.
    void emitWeights(Lowering l, View x, View y, View w) {
        emit(l, swapped(x), swapped(y), weights(), null, swapped(w));
    }

    private static View swapped(View v) {
        int[] order = Axes.all(v.rank());
        order[0] = 1;
        order[1] = 0;
        return v.permute(order);
    }

    private static void emit(
            Lowering l, View input, View weights, Kernel.Geometry geometry, @Nullable View bias, View output) {
        DType acc = output.dtype().computeType();
        Expr e = Expr.arg(0, acc);
        List<View> extra = List.of();
        if (bias != null) {
            e = e.plus(Expr.arg(1, bias.dtype()).castTo(acc));
            int[] perChannel = new int[output.rank() - 1];
            Arrays.fill(perChannel, 1);
            perChannel[0] = bias.dim(0);
            extra = List.of(Strided.as(bias, perChannel).expand(output.dims()));
        }
        l.emit(new Kernel.Convolve(input, weights, null, null, geometry, acc, extra, e.castTo(output.dtype()), output));
    }

    Kernel.Geometry forward() {
        return geometry(
                strides::get,
                dilations::get,
                a -> padLow[a],
                a -> (out[a] - 1) * strides.get(a) + span(a) - in[a] - padLow[a],
                a -> 1,
                groups,
                1);
    }

    private Kernel.Geometry backward() {
        return geometry(
                a -> 1,
                dilations::get,
                a -> span(a) - 1 - padLow[a],
                a -> in[a] + padLow[a] - (out[a] - 1) * strides.get(a) - 1,
                strides::get,
                groups,
                1);
    }

    /// With x as [c, n, in…] for input, y as [o, n, out…] for weights, w as [c / groups, o, taps…] for output.
    private Kernel.Geometry weights() {
        return geometry(
                dilations::get,
                strides::get,
                a -> padLow[a],
                a -> span(a) + (out[a] - 1) * strides.get(a) - in[a] - padLow[a],
                a -> 1,
                1,
                groups);
    }

    private int span(int axis) {
        return (taps[axis] - 1) * dilations.get(axis) + 1;
    }

    private Kernel.Geometry geometry(
            IntUnaryOperator stride,
            IntUnaryOperator dilation,
            IntUnaryOperator low,
            IntUnaryOperator high,
            IntUnaryOperator inputDilation,
            int featureGroups,
            int batchGroups) {
        return new Kernel.Geometry(
                each(stride), each(dilation), each(low), each(high), each(inputDilation), featureGroups, batchGroups);
    }

    private List<Integer> each(IntUnaryOperator f) {
        return IntStream.range(0, in.length).map(f).boxed().toList();
    }

    /// The weights [o, c / groups, taps…] with flipped taps as [c, o / groups, taps…].
    private View opposite(Lowering l, View w) {
        int[] grouped = Axes.concat(new int[] {groups, outputs / groups, channels / groups}, taps);
        int[] order = Axes.all(grouped.length);
        order[1] = 2;
        order[2] = 1;
        View turned = Strided.as(w, grouped).permute(order);
        View v = SumOfProducts.merged(l, turned, Axes.concat(new int[] {channels, outputs / groups}, taps));
        for (int axis = 2; axis < v.rank(); axis++) {
            v = v.slice(axis, v.dim(axis) - 1, v.dim(axis), -1);
        }
        return v;
    }
}
