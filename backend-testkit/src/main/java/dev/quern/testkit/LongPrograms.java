package dev.quern.testkit;

import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.stream.Stream;

/// Programs whose steps last well over a millisecond each, to be cancelled.
final class LongPrograms {
    private static final Expr X = Expr.arg(0, DType.F32);

    private LongPrograms() {}

    static Stream<KernelCase> all() {
        return Stream.of(map(), reduce(), contract(), convolve(), window(), gather(), scatter(), cumulate(), sort());
    }

    private static KernelCase map() {
        CaseBuilder b = new CaseBuilder("Cancelling a Map");
        View x = b.input(DType.F32, 1_000_000);
        return b.build(
                new Kernel.Map(List.of(x), List.of(X.exp().erf().tanh()), List.of(b.output(DType.F32, 1_000_000))));
    }

    private static KernelCase reduce() {
        CaseBuilder b = new CaseBuilder("Cancelling a Reduce");
        View x = b.input(DType.F32, 1_000, 1_000);
        return b.build(new Kernel.Reduce(
                List.of(x),
                1,
                X.exp().tanh(),
                Reducer.MAX_SUM_EXP,
                List.of(),
                List.of(Expr.arg(1, DType.F32)),
                List.of(b.output(DType.F32, 1_000))));
    }

    private static KernelCase contract() {
        CaseBuilder b = new CaseBuilder("Cancelling a Contract");
        View x = b.input(DType.F32, 400, 500);
        return b.build(ContractCases.plain(x, b.input(DType.F32, 500, 300), null, null, b.output(DType.F32, 400, 300)));
    }

    private static KernelCase convolve() {
        CaseBuilder b = new CaseBuilder("Cancelling a Convolve");
        View x = b.input(DType.F32, 4, 32, 32, 32);
        View w = b.input(DType.F32, 32, 32, 3, 3);
        List<Integer> one = List.of(1, 1);
        Kernel.Geometry plain = new Kernel.Geometry(one, one, one, one, one, 1, 1);
        return b.build(new Kernel.Convolve(
                x, w, null, null, plain, DType.F32, List.of(), X, b.output(DType.F32, 4, 32, 32, 32)));
    }

    private static KernelCase window() {
        CaseBuilder b = new CaseBuilder("Cancelling a Window");
        View x = b.input(DType.F32, 4, 32, 40, 40);
        return b.build(new Kernel.Window(
                x,
                Kernel.WindowReducer.AVERAGE,
                List.of(5, 5),
                List.of(1, 1),
                List.of(1, 1),
                List.of(2, 2),
                List.of(2, 2),
                false,
                b.output(DType.F32, 4, 32, 40, 40),
                null));
    }

    private static KernelCase gather() {
        CaseBuilder b = new CaseBuilder("Cancelling a Gather");
        View x = b.input(DType.F32, 1_000, 700);
        View at = b.input(b.values().between(DType.I64, 0, 1_000, 1_000), 1_000);
        return b.build(new Kernel.Gather(x, at, Kernel.Addressing.AXIS, 0, b.output(DType.F32, 1_000, 700)));
    }

    private static KernelCase scatter() {
        CaseBuilder b = new CaseBuilder("Cancelling a Scatter");
        View x = b.input(DType.F32, 1_000, 500);
        View at = b.input(b.values().between(DType.I64, 0, 1_000, 1_000), 1_000);
        View u = b.input(DType.F32, 1_000, 500);
        Kernel.Combine add = Kernel.Combine.ADD;
        return b.build(new Kernel.Scatter(x, at, u, Kernel.Addressing.AXIS, 0, add, b.output(DType.F32, 1_000, 500)));
    }

    private static KernelCase cumulate() {
        CaseBuilder b = new CaseBuilder("Cancelling a Cumulate");
        View x = b.input(DType.F32, 700, 700);
        return b.build(new Kernel.Cumulate(x, 1, Kernel.Combine.ADD, false, false, b.output(DType.F32, 700, 700)));
    }

    private static KernelCase sort() {
        CaseBuilder b = new CaseBuilder("Cancelling a Sort");
        View x = b.input(DType.F32, 300_000);
        return b.build(new Kernel.Sort(x, 0, true, b.output(DType.F32, 300_000), b.output(DType.I64, 300_000)));
    }
}
