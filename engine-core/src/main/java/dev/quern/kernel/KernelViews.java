package dev.quern.kernel;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Rebuilds kernels with other views.
final class KernelViews {
    private KernelViews() {}

    static Kernel replace(Kernel kernel, UnaryOperator<View> to) {
        return switch (kernel) {
            case Kernel.Map k -> new Kernel.Map(all(k.inputs(), to), k.exprs(), all(k.outputs(), to));
            case Kernel.Reduce k ->
                new Kernel.Reduce(
                        all(k.operands(), to),
                        k.reducedRank(),
                        k.prologue(),
                        k.reducer(),
                        all(k.epilogueOperands(), to),
                        k.epilogue(),
                        all(k.outputs(), to));
            case Kernel.Contract k ->
                new Kernel.Contract(
                        to.apply(k.a()),
                        to.apply(k.b()),
                        optional(k.aZero(), to),
                        optional(k.bZero(), to),
                        k.accumulate(),
                        all(k.epilogueOperands(), to),
                        k.epilogue(),
                        to.apply(k.output()));
            case Kernel.Convolve k ->
                new Kernel.Convolve(
                        to.apply(k.input()),
                        to.apply(k.weights()),
                        optional(k.inputZero(), to),
                        optional(k.weightsZero(), to),
                        k.geometry(),
                        k.accumulate(),
                        all(k.epilogueOperands(), to),
                        k.epilogue(),
                        to.apply(k.output()));
            case Kernel.Window k ->
                new Kernel.Window(
                        to.apply(k.input()),
                        k.reducer(),
                        k.taps(),
                        k.strides(),
                        k.dilations(),
                        k.padLow(),
                        k.padHigh(),
                        k.countPadding(),
                        to.apply(k.output()),
                        optional(k.indices(), to));
            case Kernel.Gather k ->
                new Kernel.Gather(
                        to.apply(k.data()), to.apply(k.indices()), k.addressing(), k.axis(), to.apply(k.output()));
            case Kernel.Scatter k ->
                new Kernel.Scatter(
                        to.apply(k.data()),
                        to.apply(k.indices()),
                        to.apply(k.updates()),
                        k.addressing(),
                        k.axis(),
                        k.mode(),
                        to.apply(k.output()));
            case Kernel.Cumulate k ->
                new Kernel.Cumulate(
                        to.apply(k.input()), k.axis(), k.operation(), k.exclusive(), k.reverse(), to.apply(k.output()));
            case Kernel.Sort k ->
                new Kernel.Sort(
                        to.apply(k.input()), k.axis(), k.largest(), to.apply(k.values()), to.apply(k.indices()));
            case Kernel.Native k -> new Kernel.Native(k.op(), all(k.inputs(), to), all(k.outputs(), to));
        };
    }

    private static List<View> all(List<View> views, UnaryOperator<View> to) {
        return views.stream().map(to).toList();
    }

    private static @Nullable View optional(@Nullable View view, UnaryOperator<View> to) {
        return view == null ? null : to.apply(view);
    }
}
