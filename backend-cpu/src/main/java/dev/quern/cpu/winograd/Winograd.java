package dev.quern.cpu.winograd;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.Convolutions;
import dev.quern.cpu.gemm.PixelProduct;
import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the steps of a convolution of 3 × 3 that is quicker through the transforms.
public final class Winograd {
    private static final int TAPS = 3;

    /// With fewer channels the transforms cost more than they save.
    private static final int LEAST_CHANNELS = 16;

    /// What a transform costs for each value of a tile and channel, in multiplications of a product: it passes over
    /// memory, products stay in registers.
    private static final long TRANSFORM = 10;

    /// What it costs to read a transformed weight, of which there are four times as many, in multiplications.
    private static final long WEIGHT = 4;

    /// What it costs to transform a weight in each run, for each of its values.
    private static final long CHANGING_WEIGHT = 50;

    /// The shared buffer of weights that are transformed in each run.
    private static final int WEIGHTS = 1;

    private Winograd() {}

    /// Whether `k` is such a convolution, if need be after a division into phases without dilation. With constant
    /// weights the extents of images alone decide, not how many there are, so that an image gives the same bits
    /// whatever it is run beside; weights that change are transformed for all images of a run, so there must be
    /// enough of them.
    ///
    /// @param weights `null` where they change from run to run
    public static boolean suits(Kernel.Convolve k, @Nullable Constant weights) {
        if (areOnes(k.geometry().dilations())) {
            return suitsAlone(k, weights);
        }
        if (weights == null || !Convolutions.fits(k) || !areOnes(k.geometry().strides())) {
            return false;
        }
        List<Kernel.Convolve> phases = DilatedPhases.of(k);
        return !phases.isEmpty() && phases.stream().allMatch(p -> suitsAlone(p, weights));
    }

    /// A convolution without dilation.
    private static boolean suitsAlone(Kernel.Convolve k, @Nullable Constant weights) {
        Kernel.Geometry g = k.geometry();
        return Convolutions.fits(k)
                && k.input().rank() == 4
                && k.weights().dim(2) == TAPS
                && k.weights().dim(3) == TAPS
                && g.featureGroups() == 1
                && areOnes(g.strides())
                && areOnes(g.dilations())
                && areOnes(g.inputDilations())
                && g.padLow().stream().allMatch(p -> p >= 0)
                && k.input().length() > 0
                && k.output().length() > 0
                && Arrays.stream(k.input().strides()).allMatch(s -> s >= 0)
                && !PixelProduct.asksForPlaces(k.epilogue())
                && pays(TileGrid.of(k), k.output().dim(1), weights != null);
    }

    private static boolean areOnes(List<Integer> numbers) {
        return numbers.stream().allMatch(n -> n == 1);
    }

    private static boolean pays(TileGrid grid, long out, boolean constant) {
        long in = grid.channels();
        long images = constant ? 1 : grid.output().dim(0);
        long tiles = images * grid.stripsPerImage() * grid.tilesPerStrip();
        long direct = images * grid.height() * grid.width() * TAPS * TAPS * in * out;
        long weight = constant ? WEIGHT : CHANGING_WEIGHT;
        long transformed = TileGrid.VALUES * (tiles * (in * out + TRANSFORM * (in + out)) + weight * in * out);
        return Math.min(in, out) >= LEAST_CHANNELS && transformed < direct;
    }

    /// The steps of a convolution that [suits][#suits] and has these weights.
    public static List<Step> steps(
            Kernel.Convolve k,
            @Nullable Constant weights,
            BlockKernel blocks,
            TransformKernel transforms,
            Buffers buffers,
            Elementwise elementwise) {
        return DilatedPhases.of(k).stream()
                .flatMap(phase -> alone(phase, weights, blocks, transforms, buffers, elementwise).stream())
                .toList();
    }

    private static List<Step> alone(
            Kernel.Convolve k,
            @Nullable Constant weights,
            BlockKernel blocks,
            TransformKernel transforms,
            Buffers buffers,
            Elementwise elementwise) {
        TileGrid grid = TileGrid.of(k);
        List<Step> steps = new ArrayList<>();
        TransformedWeights transformed;
        if (weights == null) {
            int length = TransformWeightsStep.length(k.weights(), blocks.tile());
            int buffer = buffers.shared(WEIGHTS, length);
            transformed = TransformedWeights.ofBuffer(buffer, k.weights(), blocks.tile());
            steps.add(new TransformWeightsStep(k.weights(), blocks.tile(), transforms, buffer));
        } else {
            transformed = TransformedWeights.ofConstant(weights, k.weights(), blocks.tile(), buffers);
        }
        Epilogue epilogue = PixelProduct.epilogue(
                k.epilogue(),
                k.epilogueOperands(),
                k.output(),
                k.output().dim(1),
                grid.output().dim(0) * grid.height() * grid.width(),
                elementwise,
                WinogradStep.EPILOGUE);
        steps.add(new WinogradStep(grid, transformed, blocks, transforms, epilogue));
        return steps;
    }
}
