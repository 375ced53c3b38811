package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A convolution as a product with the positions of the output as rows and its channels as columns: patches are
/// gathered from where they lie, weights are packed once, nothing is computed for the sake of a row's end. It is at its
/// best where the channels of a position are neighbours on both sides.
public final class PixelProduct {
    /// With fewer output channels most of a panel would be padding.
    private static final int LEAST_CHANNELS = 8;

    /// With zeros between, fewer are worth it: without phases most multiplications would be by zeros.
    private static final int LEAST_CHANNELS_OF_PHASES = 3;

    private PixelProduct() {}

    /// The convolutions of this kind that do what `kernel`, which [is a product][Convolutions#fits], does with
    /// these weights; none where it does not suit.
    ///
    /// @param weights `null` where they change from run to run
    public static List<Kernel.Convolve> parts(Kernel.Convolve kernel, @Nullable Constant weights) {
        List<Kernel.Convolve> parts = withoutZeros(kernel, weights);
        int channels = kernel.output().dim(1);
        int least = hasNoZeros(kernel) ? LEAST_CHANNELS : channels == 1 ? 2 : LEAST_CHANNELS_OF_PHASES;
        return parts.stream().allMatch(part -> suits(part, least)) ? parts : List.of();
    }

    /// The convolutions without zeros between that do what `kernel` does, whether they suit or not.
    static List<Kernel.Convolve> withoutZeros(Kernel.Convolve kernel, @Nullable Constant weights) {
        return hasNoZeros(kernel) ? List.of(kernel) : Phases.of(kernel, weights);
    }

    private static boolean hasNoZeros(Kernel.Convolve kernel) {
        return kernel.geometry().inputDilations().stream().allMatch(d -> d == 1);
    }

    /// @param leastChannels of a group
    private static boolean suits(Kernel.Convolve kernel, int leastChannels) {
        return kernel.output().dim(1) / kernel.geometry().featureGroups() >= leastChannels
                && kernel.output().length() > 0
                && kernel.input().length() > 0
                && Arrays.stream(kernel.input().strides()).allMatch(s -> s >= 0)
                && !asksForPlaces(kernel.epilogue());
    }

    /// Whether an expression depends on where in the output it is evaluated.
    public static boolean asksForPlaces(Expr epilogue) {
        return StraightLine.of(epilogue).steps().stream().anyMatch(s -> s.expr() instanceof Expr.Index);
    }

    static List<Step> steps(Kernel.Convolve whole, BlockKernel blocks, Buffers buffers, Elementwise elementwise) {
        Kernel.Convolve kernel = liesInRows(whole.output()) ? byRows(whole) : whole;
        if (kernel.weights().length() == 0) {
            Expr zero = Expr.constant(kernel.output().dtype(), 0L);
            return List.of(elementwise.map(new Kernel.Map(List.of(), List.of(zero), List.of(kernel.output()))));
        }
        int groups = kernel.geometry().featureGroups();
        Packable weights = weights(kernel, buffers);
        Pixels pixels = Pixels.of(kernel);
        // one product for all images, where all take the same weights and positions lie evenly
        int images =
                groups == 1 && !liesInRows(kernel.output()) ? kernel.input().dim(0) : 1;
        int products = kernel.input().dim(0) / images * groups;
        int positions = images * pixels.positions();
        List<Step> steps = new ArrayList<>();
        int from = kernel.input().buffer();
        if (pixels.copies()) {
            from = buffers.shared(ProductStep.A_PANELS, pixels.arrayLength());
            steps.add(pixels.copyInto(from, elementwise.transposer()));
        }
        int channels = kernel.weights().dim(1);
        int step = blocks.readsRows() ? pixels.evenStep(images) : -1;
        PanelSource rows = step < 0
                ? new GatheredRows(pixels, from, groups, channels, images)
                : new PositionRows(from, pixels.image(0), step, groups, channels, pixels.imageStep());
        PanelSource columns = Products.source(weights, blocks.packing(), buffers, false, ProductStep.B_PANELS, steps);
        buffers.control().check();
        Blocking blocking = Blocking.of(blocks, products, positions, weights.lines(), weights.k());
        View target = ProductStep.directly(kernel.epilogue(), grouped(kernel.output(), weights.lines(), true, false));
        boolean onlyOnce = ProductStep.kBlocks(blocks, weights.k()) == 1;
        boolean each = groups == 1 && products > 1;
        EndedTarget ended = groups > 1 && kernel.input().dim(0) > 1
                ? null
                : EndedTarget.of(
                        blocks,
                        kernel.epilogue(),
                        kernel.epilogueOperands().stream()
                                .map(v -> each ? imageByImage(v) : rows(v, groups))
                                .toList(),
                        each ? imageByImage(kernel.output()) : rows(kernel.output(), groups),
                        onlyOnce,
                        elementwise.transposer());
        Epilogue epilogue = ProductStep.isWrittenAtOnce(blocks, weights.lines(), target, ended)
                ? null
                : epilogue(
                        kernel.epilogue(),
                        kernel.epilogueOperands(),
                        kernel.output(),
                        weights.lines(),
                        positions,
                        elementwise,
                        ProductStep.EPILOGUE);
        steps.add(new ProductStep(
                blocking, weights.k(), Lines.of(weights.lines()), blocks, rows, columns, epilogue, target, ended));
        return steps;
    }

    /// The right side: where weights change and lie as a matrix [channel and tap, output channel], as gradients of
    /// outputs with channels as neighbours do, that matrix.
    private static Packable weights(Kernel.Convolve kernel, Buffers buffers) {
        View view = kernel.weights();
        if (kernel.geometry().featureGroups() == 1 && buffers.constant(view.buffer()) == null) {
            int[] order = IntStream.range(0, view.rank())
                    .map(i -> (i + 1) % view.rank())
                    .toArray();
            View matrix = view.permute(order).reshape(view.length() / view.dim(0), view.dim(0));
            if (matrix != null && matrix.stride(1) == 1) {
                return Matrices.ofB(matrix);
            }
        }
        return Weights.of(Packable.Side.B, view, kernel.geometry().featureGroups());
    }

    /// Whether channels are neighbours, but positions do not lie evenly: as every other row does.
    private static boolean liesInRows(View output) {
        return output.stride(1) == 1 && output.dim(1) > 1 && rows(output, 1) == null;
    }

    /// A convolution whose windows are one row high as one along rows, each of which is an image, where strides say
    /// that; else `kernel`.
    private static Kernel.Convolve byRows(Kernel.Convolve kernel) {
        Kernel.Geometry g = kernel.geometry();
        int last = kernel.output().dim(2) - 1;
        int first = -g.padLow().getFirst();
        int step = g.strides().getFirst();
        if (kernel.output().rank() < 4
                || kernel.weights().dim(2) != 1
                || first < 0
                || first + last * step >= kernel.input().dim(2)) {
            return kernel;
        }
        View input = asImages(kernel.input().slice(2, first, last + 1, step));
        View output = asImages(kernel.output());
        List<View> operands = new ArrayList<>();
        for (View operand : kernel.epilogueOperands()) {
            View rows = asImages(operand);
            if (rows != null) {
                operands.add(rows);
            }
        }
        return input == null
                        || output == null
                        || operands.size() < kernel.epilogueOperands().size()
                ? kernel
                : new Kernel.Convolve(
                        input,
                        ofRow(kernel.weights()),
                        kernel.inputZero(),
                        kernel.weightsZero(),
                        new Kernel.Geometry(
                                g.strides().subList(1, 2),
                                g.dilations().subList(1, 2),
                                g.padLow().subList(1, 2),
                                g.padHigh().subList(1, 2),
                                g.inputDilations().subList(1, 2),
                                g.featureGroups(),
                                g.batchGroups()),
                        kernel.accumulate(),
                        operands,
                        kernel.epilogue(),
                        output);
    }

    /// [o, c, 1, taps] as [o, c, taps].
    private static View ofRow(View weights) {
        int[] dims = {weights.dim(0), weights.dim(1), weights.dim(3)};
        int[] strides = {weights.stride(0), weights.stride(1), weights.stride(3)};
        return View.of(weights.buffer(), weights.dtype(), weights.offset(), dims, strides);
    }

    /// [n, c, rows, columns] as [n · rows, c, columns], or `null` where no strides say that.
    private static @Nullable View asImages(View view) {
        return view.permute(0, 2, 1, 3).reshape(view.dim(0) * view.dim(2), view.dim(1), view.dim(3));
    }

    /// [n, c, spatial…] as [n, position, c], or `null` where no strides say that.
    private static @Nullable View imageByImage(View view) {
        return lastChannels(view).reshape(view.dim(0), view.length() / view.dim(0) / view.dim(1), view.dim(1));
    }

    /// [n, c, spatial…] as [n, spatial…, c].
    private static View lastChannels(View view) {
        int[] order = IntStream.range(0, view.rank()).map(i -> i + 1).toArray();
        order[0] = 0;
        order[view.rank() - 1] = 1;
        return view.permute(order);
    }

    /// [n, c, spatial…] as [group, position of all images, channel of the group], or `null` where no strides say
    /// that.
    private static @Nullable View rows(View view, int groups) {
        int channels = view.dim(1);
        View flat = lastChannels(view).reshape(view.length() / channels, channels);
        return flat == null
                ? null
                : View.of(
                        flat.buffer(),
                        flat.dtype(),
                        flat.offset(),
                        new int[] {groups, flat.dim(0), channels / groups},
                        new int[] {channels / groups * flat.stride(1), flat.stride(0), flat.stride(1)});
    }

    /// An epilogue over sums that are numbered by image, group of channels, position, channel.
    ///
    /// @param channels of a group
    /// @param positions of an image, or of all images, where there is a single group
    /// @param base the first of the scratch arrays that it may use
    public static Epilogue epilogue(
            Expr expr,
            List<View> operands,
            View output,
            int channels,
            int positions,
            Elementwise elementwise,
            int base) {
        boolean channelsLast = output.stride(1) == 1 || positions == 1;
        boolean allImages = output.length() == channels * positions;
        List<View> turned = operands.stream()
                .map(v -> grouped(v, channels, channelsLast, allImages))
                .toList();
        Epilogue epilogue =
                elementwise.epilogue(expr, turned, grouped(output, channels, channelsLast, allImages), base);
        return channelsLast
                ? epilogue
                : new TransposedEpilogue(epilogue, elementwise.transposer(), positions, channels);
    }

    /// [n, c, spatial…] as [n, group, spatial…, c] or [n, group, c, spatial…]; of all images together, which have a
    /// single group, as [c, n, spatial…].
    private static View grouped(View view, int channels, boolean channelsLast, boolean allImages) {
        int rank = view.rank() + 1;
        int[] dims = new int[rank];
        int[] strides = new int[rank];
        int groups = view.dim(1) / channels;
        if (allImages && !channelsLast) {
            int[] order = IntStream.range(0, view.rank()).toArray();
            order[0] = 1;
            order[1] = 0;
            return view.permute(order);
        }
        dims[0] = view.dim(0);
        strides[0] = view.stride(0);
        dims[1] = groups;
        strides[1] = view.stride(1) * channels;
        int channelAxis = channelsLast ? rank - 1 : 2;
        dims[channelAxis] = channels;
        strides[channelAxis] = view.stride(1);
        for (int axis = 2; axis < view.rank(); axis++) {
            int to = channelsLast ? axis : axis + 1;
            dims[to] = view.dim(axis);
            strides[to] = view.stride(axis);
        }
        return View.of(view.buffer(), view.dtype(), view.offset(), dims, strides);
    }
}
