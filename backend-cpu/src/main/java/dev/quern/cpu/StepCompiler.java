package dev.quern.cpu;

import dev.quern.cpu.gemm.Attention;
import dev.quern.cpu.gemm.AttentionStep;
import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.Convolutions;
import dev.quern.cpu.gemm.ExactFloats;
import dev.quern.cpu.gemm.Products;
import dev.quern.cpu.plain.ContractStep;
import dev.quern.cpu.plain.ConvolveStep;
import dev.quern.cpu.plain.CopyStep;
import dev.quern.cpu.plain.CumulateStep;
import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.GatherStep;
import dev.quern.cpu.plain.ListGather;
import dev.quern.cpu.plain.PoolStep;
import dev.quern.cpu.plain.ScatterStep;
import dev.quern.cpu.plain.Shares;
import dev.quern.cpu.plain.SharesStep;
import dev.quern.cpu.plain.SortStep;
import dev.quern.cpu.plain.TurnStep;
import dev.quern.cpu.plain.WindowStep;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.window.SlidingWindows;
import dev.quern.cpu.window.WindowKernel;
import dev.quern.cpu.winograd.TransformKernel;
import dev.quern.cpu.winograd.WeightGradient;
import dev.quern.cpu.winograd.Winograd;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Chooses the loops for each kernel of one program.
final class StepCompiler {
    private final BlockKernel blocks;
    private final TransformKernel transforms;
    private final Buffers buffers;
    private final Elementwise elementwise;
    private final Exponents exponents;
    private final @Nullable SlidingWindows windows;

    /// @param blocks multiplies matrices
    /// @param transforms turns tiles of convolutions over
    /// @param windows slides windows over neighbouring channels, where there is such a kernel
    StepCompiler(
            BlockKernel blocks,
            TransformKernel transforms,
            @Nullable WindowKernel windows,
            Buffers buffers,
            Elementwise elementwise) {
        this.windows = windows == null ? null : new SlidingWindows(windows, buffers, elementwise);
        this.blocks = blocks;
        this.transforms = transforms;
        this.buffers = buffers;
        this.elementwise = elementwise;
        this.exponents = new Exponents(buffers);
    }

    /// The steps that do what `kernel` says, one after another.
    List<Step> compile(Kernel kernel) {
        return switch (kernel) {
            case Kernel.Map map -> straight(map);
            case Kernel.Reduce reduce -> List.of(elementwise.reduce(exponents.in(FreeOrder.in(reduce))));
            case Kernel.Contract contract ->
                ExactFloats.of(contract, blocks, buffers, this::map)
                        .map(this::compile)
                        .orElseGet(() -> contract(contract, blocks));
            case Kernel.Convolve convolve ->
                ExactFloats.of(convolve, blocks, buffers, this::map)
                        .map(this::compile)
                        .orElseGet(() -> rounded(convolve));
            case Kernel.Window window ->
                ExactFloats.of(window, blocks, buffers, this::map)
                        .map(this::compile)
                        .orElseGet(() -> window(window));
            case Kernel.Gather gather ->
                List.of(
                        ListGather.fits(gather)
                                ? new ListGather(gather)
                                : new GatherStep(gather, fixed(gather.indices())));
            case Kernel.Scatter scatter -> scatter(scatter);
            case Kernel.Cumulate cumulate -> List.of(new CumulateStep(cumulate));
            case Kernel.Sort sort -> List.of(new SortStep(sort));
            case Kernel.Native whole ->
                List.of(
                        switch (whole.op()) {
                            case Attention attention -> new AttentionStep(attention.of(whole), blocks);
                            case Shares shares -> new SharesStep(shares.rows(), whole);
                            default -> ClaimedOperators.step(whole, buffers);
                        });
        };
    }

    private List<Step> compile(ExactFloats.Prepared prepared) {
        List<Step> steps = new ArrayList<>(prepared.before());
        steps.addAll(
                switch (prepared.kernel()) {
                    case Kernel.Contract contract -> contract(contract, prepared.blocks());
                    case Kernel.Convolve convolve -> convolve(convolve, prepared.blocks());
                    case Kernel other -> compile(other);
                });
        steps.addAll(prepared.after());
        return steps;
    }

    private List<Step> contract(Kernel.Contract contract, BlockKernel by) {
        return Products.fits(contract)
                ? Products.steps(exponents.in(contract), by, buffers, elementwise)
                : List.of(new ContractStep(contract));
    }

    /// A convolution whose products may be rounded.
    private List<Step> rounded(Kernel.Convolve convolve) {
        if (WeightGradient.suits(convolve)) {
            return WeightGradient.steps(convolve, blocks, transforms, buffers);
        }
        Constant weights = buffers.constant(convolve.weights().buffer());
        return Winograd.suits(convolve, weights)
                ? Winograd.steps(convolve, weights, blocks, transforms, buffers, elementwise)
                : convolve(convolve, blocks);
    }

    private List<Step> convolve(Kernel.Convolve convolve, BlockKernel by) {
        Constant weights = buffers.constant(convolve.weights().buffer());
        if (by.equals(blocks) && windows != null && weights != null && SlidingWindows.fits(convolve, weights)) {
            return windows.steps(convolve, weights);
        }
        return Convolutions.fits(convolve)
                ? Convolutions.steps(convolve, by, buffers, elementwise)
                : List.of(new ConvolveStep(convolve));
    }

    private List<Step> window(Kernel.Window window) {
        if (windows != null && SlidingWindows.fits(window)) {
            return windows.steps(window);
        }
        return List.of(PoolStep.fits(window) ? new PoolStep(window) : new WindowStep(window));
    }

    private List<Step> straight(Kernel.Map map) {
        if (CopyStep.fits(map)) {
            return List.of(map(map));
        }
        StraightOperands straight = StraightOperands.of(map, buffers, elementwise.transposer());
        List<Step> steps = new ArrayList<>(straight.copies());
        steps.add(map(straight.map()));
        return steps;
    }

    private Step map(Kernel.Map map) {
        return CopyStep.fits(map)
                ? TurnStep.copy(
                        map.inputs().get(CopyStep.source(map)), map.outputs().getFirst(), elementwise.transposer())
                : elementwise.map(exponents.in(map));
    }

    private List<Step> scatter(Kernel.Scatter scatter) {
        Step update = new ScatterStep(scatter, fixed(scatter.indices()));
        return scatter.data().equals(scatter.output())
                ? List.of(update)
                : List.of(new CopyStep(scatter.data(), scatter.output()), update);
    }

    /// The array behind `indices`, where they never change.
    private @Nullable Object fixed(View indices) {
        Constant constant = buffers.constant(indices.buffer());
        return constant == null ? null : constant.tensor().array();
    }
}
