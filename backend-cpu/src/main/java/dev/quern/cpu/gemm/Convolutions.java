package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// Makes the steps of a Convolve kernel of `f32` as a product of weights and patches of the input. Patches are not
/// copied out: their rows are read from the padded input where they lie.
public final class Convolutions {
    /// With more positions in a plane, rows of the input are read as they lie with less ado, where weights change.
    private static final int MOST_POSITIONS = 256;

    private Convolutions() {}

    /// Whether `kernel` is one: over one or two axes, without batch groups.
    public static boolean fits(Kernel.Convolve kernel) {
        return kernel.input().dtype() == DType.F32
                && kernel.weights().dtype() == DType.F32
                && kernel.accumulate() == DType.F32
                && kernel.inputZero() == null
                && kernel.weightsZero() == null
                && hasProductForm(kernel);
    }

    /// Whether a convolution of any type is over one or two axes, without batch groups.
    static boolean hasProductForm(Kernel.Convolve kernel) {
        return (kernel.input().rank() == 3 || kernel.input().rank() == 4)
                && kernel.geometry().batchGroups() == 1;
    }

    public static List<Step> steps(
            Kernel.Convolve kernel, BlockKernel blocks, Buffers buffers, Elementwise elementwise) {
        Constant constant = buffers.constant(kernel.weights().buffer());
        if (blocks.gathersLines() && (constant != null || suitsPixels(kernel))) {
            List<Kernel.Convolve> parts = PixelProduct.parts(kernel, constant);
            if (parts.size() > 1 && PlanarPhases.fits(kernel)) {
                return PlanarPhases.steps(kernel, parts, constant, blocks, buffers, elementwise);
            }
            if (!parts.isEmpty()) {
                return parts.stream()
                        .flatMap(part -> PixelProduct.steps(part, blocks, buffers, elementwise).stream())
                        .toList();
            }
        }
        Tile tile = blocks.tile();
        int groups = kernel.geometry().featureGroups();
        int channels = kernel.weights().dim(1);
        Weights weights = Weights.of(Packable.Side.A, kernel.weights(), groups);
        PaddedPlanes planes = PaddedPlanes.of(kernel);
        Lines lines = planes.lines();
        int products = kernel.input().dim(0) * groups;
        Blocking blocking = Blocking.ofAllRows(blocks, products, weights.lines(), lines.positions(), weights.k());
        List<Step> steps = new ArrayList<>();
        PanelSource rows = Products.source(weights, blocks.packing(), buffers, false, ProductStep.A_PANELS, steps);
        int from = kernel.input().buffer();
        if (planes.copies()) {
            from = buffers.shared(ProductStep.B_PANELS, planes.arrayLength());
            steps.add(planes.copyInto(from));
        }
        PanelSource columns = new ScatteredRows(planes, from, groups, channels, tile, !blocks.readsRows());
        Epilogue epilogue = elementwise.epilogue(
                kernel.epilogue(), kernel.epilogueOperands(), kernel.output(), ProductStep.EPILOGUE);
        buffers.control().check();
        View target = ProductStep.directly(kernel.epilogue(), kernel.output());
        steps.add(new ProductStep(blocking, weights.k(), lines, blocks, rows, columns, epilogue, target, null));
        return steps;
    }

    /// Whether a convolution whose weights change is better a product with a row for each position: where planes
    /// are small, as those of the gradient of weights (their taps) always are, where channels are neighbours, or
    /// where there are zeros between.
    private static boolean suitsPixels(Kernel.Convolve kernel) {
        View output = kernel.output();
        int positions = output.length() / Math.max(1, output.dim(0) * output.dim(1));
        return positions <= MOST_POSITIONS
                || (output.stride(1) == 1 && output.dim(1) > 1)
                || kernel.geometry().inputDilations().stream().anyMatch(d -> d > 1);
    }
}
