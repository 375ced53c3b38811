package dev.quern.cpu.winograd;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.Convolutions;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.List;

/// Makes the steps of a convolution that is the gradient of weights of 3 × 3: its input is the forward one's with
/// images and channels exchanged, its weights are the gradient of the output, as many taps as there are positions. The
/// adjoint of the forward convolution's algorithm: tiles of both are seen from the points of the transform, multiplied
/// there, summed over all tiles, and turned back once.
public final class WeightGradient {
    private static final int TAPS = 3;

    /// With fewer channels the transforms cost more than they save.
    private static final int LEAST_CHANNELS = 16;

    /// What a transform costs for each value of a tile and channel, in multiplications of a product; all values go
    /// through memory.
    private static final long TRANSFORM = 40;

    /// What it costs to turn back one value of a pair of channels, in multiplications.
    private static final long RESULT = 50;

    private WeightGradient() {}

    /// Whether `k` is such a convolution, with tiles enough.
    public static boolean suits(Kernel.Convolve k) {
        Kernel.Geometry g = k.geometry();
        return Convolutions.fits(k)
                && k.input().rank() == 4
                && k.output().dim(2) == TAPS
                && k.output().dim(3) == TAPS
                && k.weights().dim(2) > TAPS
                && k.weights().dim(3) > TAPS
                && g.featureGroups() == 1
                && areOnes(g.strides())
                && areOnes(g.dilations())
                && areOnes(g.inputDilations())
                && g.padLow().stream().allMatch(p -> p >= 0)
                && k.input().length() > 0
                && Arrays.stream(k.input().strides()).allMatch(s -> s >= 0)
                && Arrays.stream(k.weights().strides()).allMatch(s -> s >= 0)
                && k.epilogue().equals(Expr.arg(0, DType.F32))
                && pays(inputs(k), k.weights().dim(0));
    }

    private static boolean areOnes(List<Integer> numbers) {
        return numbers.stream().allMatch(n -> n == 1);
    }

    private static boolean pays(TileGrid grid, long out) {
        long in = grid.channels();
        long positions = (long) grid.output().dim(0) * grid.height() * grid.width();
        long direct = positions * TAPS * TAPS * in * out;
        long transformed = TileGrid.VALUES * (grid.tiles() * (in * out + TRANSFORM * (in + out)) + RESULT * in * out);
        return Math.min(in, out) >= LEAST_CHANNELS && transformed < direct;
    }

    /// The tiles of the forward convolution's input.
    private static TileGrid inputs(Kernel.Convolve k) {
        List<Integer> pads = k.geometry().padLow();
        return new TileGrid(
                imagesFirst(k.input()), imagesFirst(k.weights()), pads.get(0), pads.get(1), TileGrid.POINTS);
    }

    /// The tiles of the gradient of its output.
    private static TileGrid outputs(Kernel.Convolve k) {
        View dy = imagesFirst(k.weights());
        return new TileGrid(dy, dy, 0, 0, TileGrid.TILE);
    }

    private static View imagesFirst(View view) {
        return view.permute(1, 0, 2, 3);
    }

    /// The steps of a convolution that [suits][#suits].
    public static List<Step> steps(Kernel.Convolve k, BlockKernel blocks, TransformKernel transforms, Buffers buffers) {
        TransformTilesStep inputs = tiles(0, inputs(k), 1, Transform.INPUT, transforms, buffers);
        int width = blocks.tile().columns();
        TransformTilesStep outputs = tiles(1, outputs(k), width, Transform.OUTPUT_ADJOINT, transforms, buffers);
        int columns = Math.ceilDiv(k.weights().dim(0), width) * width;
        int sums = buffers.shared(
                2,
                Math.multiplyExact(
                        Math.multiplyExact(TileGrid.VALUES, k.output().dim(0)), columns));
        return List.of(
                inputs,
                outputs,
                new SumOverTilesStep(inputs, outputs, k.output().dim(0), columns, blocks, sums),
                new WeightsBackStep(k.output(), columns, transforms, sums));
    }

    /// @param multiple of which the room for the channels of a tile is to be
    private static TransformTilesStep tiles(
            int shared, TileGrid grid, int multiple, Transform transform, TransformKernel transforms, Buffers buffers) {
        int room = Math.ceilDiv(grid.channels(), multiple) * multiple;
        TileTransform operand = new TileTransform(grid, transform, transforms, TileTransform.uncrowded(room));
        int length = Math.multiplyExact(Math.multiplyExact(TileGrid.VALUES, grid.tiles()), operand.tileStep());
        return new TransformTilesStep(operand, buffers.shared(shared, length));
    }
}
