package dev.quern.gpu;

import dev.quern.gpu.driver.TensorConvolution.Result;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/// Who is who in a [Kernel.Convolve], which says an output and both gradients in one form, as cuDNN has it: the one of
/// x [n, c, in…], w [o, c / groups, taps…] and y [n, o, out…] that the kernel computes from the other two, where
/// output `p` sees input `p · stride + tap · dilation − pad`.
///
/// @param w as `weights` says, or [groups, o / groups, c / groups, taps…] where it does not lie in one piece
/// @param weights the dims of w
record ConvolutionRoles(
        Result result,
        View x,
        View w,
        View y,
        List<Integer> weights,
        List<Integer> pads,
        List<Integer> strides,
        List<Integer> dilations,
        int groups) {
    private static final int MOST_SPATIAL = 3;

    /// All ways to see it that cuDNN knows, the one that it is most likely to be quick with first.
    static List<ConvolutionRoles> of(Kernel.Convolve k) {
        int spatial = k.output().rank() - 2;
        if (spatial < 1
                || spatial > MOST_SPATIAL
                || k.output().length() == 0
                || k.weights().length() == 0) {
            return List.of();
        }
        List<ConvolutionRoles> all = new ArrayList<>();
        if (!hasSmallTaps(k)) {
            ofWeights(k).ifPresent(all::add);
        }
        if (isTurnedRound(k.weights()) || k.geometry().inputDilations().stream().anyMatch(d -> d > 1)) {
            ofInput(k).ifPresent(all::add);
        }
        ofOutput(k).ifPresent(all::add);
        return all;
    }

    /// Whether the weights are smaller than what they slide over; the gradient of an output is not.
    static boolean hasSmallTaps(Kernel.Convolve k) {
        return k.geometry().batchGroups() == 1
                && IntStream.range(2, k.output().rank())
                        .allMatch(axis -> k.weights().dim(axis) <= k.output().dim(axis));
    }

    private static boolean isTurnedRound(View weights) {
        return IntStream.range(2, weights.rank()).anyMatch(axis -> weights.dim(axis) > 1 && weights.stride(axis) < 0);
    }

    private static Optional<ConvolutionRoles> ofOutput(Kernel.Convolve k) {
        Kernel.Geometry g = k.geometry();
        return g.batchGroups() == 1 && isOne(g.inputDilations())
                ? new ConvolutionRoles(
                                Result.OUTPUT,
                                k.input(),
                                k.weights(),
                                k.output(),
                                dims(k.weights()),
                                g.padLow(),
                                g.strides(),
                                g.dilations(),
                                g.featureGroups())
                        .ifPossible()
                : Optional.empty();
    }

    /// With images as channels of both operands, steps of the output as those between taps.
    private static Optional<ConvolutionRoles> ofWeights(Kernel.Convolve k) {
        Kernel.Geometry g = k.geometry();
        View w = swapped(k.output());
        return g.featureGroups() == 1 && isOne(g.inputDilations())
                ? new ConvolutionRoles(
                                Result.WEIGHTS,
                                swapped(k.input()),
                                w,
                                swapped(k.weights()),
                                dims(w),
                                g.padLow(),
                                /* strides= */ g.dilations(),
                                /* dilations= */ g.strides(),
                                g.batchGroups())
                        .ifPossible()
                : Optional.empty();
    }

    /// From an output spread by its steps, with weights turned round.
    private static Optional<ConvolutionRoles> ofInput(Kernel.Convolve k) {
        Kernel.Geometry g = k.geometry();
        if (g.batchGroups() != 1 || !isOne(g.strides())) {
            return Optional.empty();
        }
        View w = opposite(k.weights(), g.featureGroups());
        List<Integer> weights = dims(k.weights());
        weights.set(0, k.input().dim(1));
        weights.set(1, k.output().dim(1) / g.featureGroups());
        View merged = w.reshape(weights.stream().mapToInt(Integer::intValue).toArray());
        return new ConvolutionRoles(
                        Result.INPUT,
                        k.output(),
                        merged == null ? w : merged,
                        k.input(),
                        weights,
                        each(
                                k,
                                i -> (k.weights().dim(i + 2) - 1)
                                                * g.dilations().get(i)
                                        - g.padLow().get(i)),
                        g.inputDilations(),
                        g.dilations(),
                        g.featureGroups())
                .ifPossible();
    }

    /// [c, o / groups, taps…] as [groups, o / groups, c / groups, taps…], turned back.
    private static View opposite(View turned, int groups) {
        int[] split = new int[turned.rank() + 1];
        int[] order = new int[split.length];
        for (int axis = 0; axis < split.length; axis++) {
            split[axis] = turned.dim(Math.max(0, axis - 1));
            order[axis] = axis;
        }
        split[0] = groups;
        split[1] /= groups;
        order[1] = 2;
        order[2] = 1;
        View w = turned.reshape(split);
        if (w == null) {
            throw new IllegalStateException("an axis in parts is a view: " + turned);
        }
        w = w.permute(order);
        for (int axis = 3; axis < w.rank(); axis++) {
            w = w.slice(axis, w.dim(axis) - 1, w.dim(axis), -1);
        }
        return w;
    }

    /// Where y is as large as with as much padding after each axis as before it, which is all that cuDNN knows.
    private Optional<ConvolutionRoles> ifPossible() {
        boolean is = true;
        for (int axis = 0; axis < pads.size() && is; axis++) {
            int room = x.dim(axis + 2) + 2 * pads.get(axis) - (weights.get(axis + 2) - 1) * dilations.get(axis) - 1;
            is = pads.get(axis) >= 0 && room >= 0 && room / strides.get(axis) + 1 == y.dim(axis + 2);
        }
        return is ? Optional.of(this) : Optional.empty();
    }

    private static View swapped(View v) {
        int[] order = IntStream.range(0, v.rank()).toArray();
        order[0] = 1;
        order[1] = 0;
        return v.permute(order);
    }

    private static boolean isOne(List<Integer> numbers) {
        return numbers.stream().allMatch(n -> n == 1);
    }

    private static List<Integer> dims(View view) {
        List<Integer> dims = new ArrayList<>();
        for (int extent : view.dims()) {
            dims.add(extent);
        }
        return dims;
    }

    private static List<Integer> each(Kernel.Convolve k, IntUnaryOperator number) {
        return IntStream.range(0, k.output().rank() - 2).map(number).boxed().toList();
    }
}
