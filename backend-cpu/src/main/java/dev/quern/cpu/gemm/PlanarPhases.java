package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.TurnStep;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.expr.Expr;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A convolution in [phases][Phases] with a plane for each channel of its output. Each phase alone would pad its input
/// and store single elements: instead the channels of an input in planes are brought together once, and the phases of
/// every d-th row of the output give these rows with neighbouring channels, which are turned over into the planes.
final class PlanarPhases {
    /// The shared buffers of the input and of the rows.
    private static final int INPUT = ProductStep.A_PANELS;

    private static final int ROWS = 2;

    private final List<Kernel.Convolve> phases;
    private final @Nullable Constant weights;
    private final BlockKernel blocks;
    private final Buffers buffers;
    private final Elementwise elementwise;
    private final List<Step> steps = new ArrayList<>();

    private PlanarPhases(
            List<Kernel.Convolve> phases,
            @Nullable Constant weights,
            BlockKernel blocks,
            Buffers buffers,
            Elementwise elementwise) {
        this.phases = phases;
        this.weights = weights;
        this.blocks = blocks;
        this.buffers = buffers;
        this.elementwise = elementwise;
    }

    /// Whether the output has a plane for each channel, and nothing that it is made of lies there.
    static boolean fits(Kernel.Convolve kernel) {
        View output = kernel.output();
        return output.dtype() == DType.F32
                && output.stride(1) != 1
                && output.dim(1) > 1
                && kernel.inputs().stream().noneMatch(v -> v.buffer() == output.buffer());
    }

    /// The steps of a kernel that [fits][#fits].
    ///
    /// @param phases of the kernel, at least one
    static List<Step> steps(
            Kernel.Convolve kernel,
            List<Kernel.Convolve> phases,
            @Nullable Constant weights,
            BlockKernel blocks,
            Buffers buffers,
            Elementwise elementwise) {
        PlanarPhases made = new PlanarPhases(phases, weights, blocks, buffers, elementwise);
        View input = kernel.input().stride(1) == 1 ? null : made.broughtTogether(kernel.input());
        List<Kernel.Convolve> bands = kernel.input().rank() == 4 ? Phases.ofRows(kernel) : List.of(kernel);
        for (Kernel.Convolve band : bands) {
            made.band(band, input);
        }
        return made.steps;
    }

    /// Some rows of the output.
    ///
    /// @param input the padded input, or `null` where phases read it as it lies
    private void band(Kernel.Convolve band, @Nullable View input) {
        View output = band.output();
        View rows = channelsLast(ROWS, output.dims(), output.dim(1));
        Kernel.Convolve turned = (Kernel.Convolve) band.withViews(v -> v.equals(output) ? rows : v);
        for (Kernel.Convolve phase : PixelProduct.withoutZeros(turned, weights)) {
            Kernel.Convolve reading = input == null || phase.weights().length() == 0 ? phase : reading(phase, input);
            steps.addAll(PixelProduct.steps(reading, blocks, buffers, elementwise));
        }
        steps.add(TurnStep.copy(rows, output, elementwise.transposer()));
    }

    /// The same phase over its part of the padded input.
    private Kernel.Convolve reading(Kernel.Convolve phase, View input) {
        Kernel.Geometry g = phase.geometry();
        View part = input;
        for (int axis = 0; axis < g.padLow().size(); axis++) {
            part = part.slice(axis + 2, low(axis) - g.padLow().get(axis), reach(phase, axis), 1);
        }
        List<Integer> none = Collections.nCopies(g.padLow().size(), 0);
        return new Kernel.Convolve(
                part,
                phase.weights(),
                phase.inputZero(),
                phase.weightsZero(),
                new Kernel.Geometry(
                        g.strides(), g.dilations(), none, none, g.inputDilations(), g.featureGroups(), g.batchGroups()),
                phase.accumulate(),
                phase.epilogueOperands(),
                phase.epilogue(),
                phase.output());
    }

    /// How many positions of the input, from the first tap of the first output position on, a phase meets.
    private static int reach(Kernel.Convolve phase, int axis) {
        return phase.output().dim(axis + 2) - 1 + phase.weights().dim(axis + 2);
    }

    /// The padding that some phase needs before the input, and behind it.
    private int low(int axis) {
        return Math.max(
                0, met().mapToInt(p -> p.geometry().padLow().get(axis)).max().orElse(0));
    }

    private int high(int axis, int extent) {
        return Math.max(
                0,
                met().mapToInt(p -> reach(p, axis) - p.geometry().padLow().get(axis) - extent)
                        .max()
                        .orElse(0));
    }

    private Stream<Kernel.Convolve> met() {
        return phases.stream().filter(p -> p.weights().length() > 0);
    }

    /// The input with its padding and with neighbouring channels.
    private View broughtTogether(View input) {
        int[] dims = input.dims();
        for (int axis = 2; axis < dims.length; axis++) {
            dims[axis] += low(axis - 2) + high(axis - 2, input.dim(axis));
        }
        View padded = channelsLast(INPUT, dims, Pixels.uncrowded(input.dim(1)));
        View inside = padded;
        for (int axis = 2; axis < dims.length; axis++) {
            inside = inside.slice(axis, low(axis - 2), input.dim(axis), 1);
        }
        if (padded.length() > inside.length()) {
            Expr zero = Expr.constant(DType.F32, 0L);
            steps.add(elementwise.map(new Kernel.Map(List.of(), List.of(zero), List.of(padded))));
        }
        steps.add(TurnStep.copy(input, inside, elementwise.transposer()));
        return padded;
    }

    /// [n, c, spatial…] in a shared buffer.
    ///
    /// @param apart elements from one position to the next
    private View channelsLast(int buffer, int[] dims, int apart) {
        int last = dims.length - 1;
        int[] order = IntStream.rangeClosed(0, last)
                .map(axis -> axis == 0 ? 0 : axis == 1 ? last : axis - 1)
                .toArray();
        int[] dense = new int[dims.length];
        for (int axis = 0; axis < dims.length; axis++) {
            dense[order[axis]] = axis == 1 ? apart : dims[axis];
        }
        int length = IntStream.of(dense).reduce(1, Math::multiplyExact);
        return View.dense(buffers.shared(buffer, length), DType.F32, dense)
                .permute(order)
                .slice(1, 0, dims[1], 1);
    }
}
