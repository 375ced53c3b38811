package dev.quern.testkit;

import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Programs of several steps: shared slots, writing in place, constants, results handed through.
final class ProgramCases {
    private static final Expr X = Expr.arg(0, DType.F32);
    private static final Expr Y = Expr.arg(1, DType.F32);

    private ProgramCases() {}

    static Stream<KernelCase> all() {
        return Stream.of(
                perceptron(50),
                softmax(),
                inPlace(),
                scatteredInPlace(),
                sharedCarrier(),
                handedThrough(),
                noSteps(),
                slicesJoined());
    }

    /// A hidden layer, its activation and a second layer with softmax for `rows` rows.
    static KernelCase perceptron(int rows) {
        CaseBuilder b = new CaseBuilder("Program: a perceptron over " + rows + " rows");
        View x = b.input(DType.F32, rows, 64);
        View hidden = b.temporary(DType.F32, rows, 48);
        View logits = b.temporary(DType.F32, rows, 10);
        View w1 = b.constant(b.values().any(DType.F32, 64 * 48), 64, 48);
        View b1 = b.constant(b.values().any(DType.F32, 48), 48).expand(rows, 48);
        View w2 = b.input(DType.F32, 48, 10);
        b.step(new Kernel.Contract(
                x, w1, null, null, DType.F32, List.of(b1), X.plus(Y).max(0), hidden));
        b.step(ContractCases.plain(hidden, w2, null, null, logits));
        normalize(b, logits, b.output(DType.F32, rows, 10));
        return b.build();
    }

    private static void normalize(CaseBuilder b, View in, View out) {
        int[] dims = in.dims();
        View max = b.temporary(DType.F32, dims[0]);
        View sum = b.temporary(DType.F32, dims[0]);
        b.step(new Kernel.Reduce(List.of(in), 1, X, Reducer.MAX_SUM_EXP, List.of(), List.of(X, Y), List.of(max, sum)));
        View rowMax = column(max).expand(dims);
        View rowSum = column(sum).expand(dims);
        Expr e = X.minus(Y).exp().dividedBy(Expr.arg(2, DType.F32));
        b.step(new Kernel.Map(List.of(in, rowMax, rowSum), List.of(e), List.of(out)));
    }

    private static View column(View v) {
        return View.of(v.buffer(), v.dtype(), v.offset(), new int[] {v.dim(0), 1}, new int[] {v.stride(0), 0});
    }

    private static KernelCase softmax() {
        CaseBuilder b = new CaseBuilder("Program: softmax");
        normalize(b, b.input(DType.F32, 33, 71), b.output(DType.F32, 33, 71));
        return b.build();
    }

    private static KernelCase inPlace() {
        CaseBuilder b = new CaseBuilder("Program: maps in place in a slot that is longer");
        int slot = b.slot(DType.F32, 4000);
        View x = b.input(DType.F32, 17, 61);
        View first = b.temporary(slot, DType.F32, 17, 61);
        View second = b.temporary(slot, DType.F32, 17, 61);
        View out = b.output(DType.F32, 17, 61);
        b.step(new Kernel.Map(List.of(x), List.of(X.tanh()), List.of(first)));
        b.step(new Kernel.Map(List.of(first, x), List.of(X.times(Y)), List.of(second)));
        b.step(new Kernel.Map(List.of(second, second), List.of(X.plus(Y)), List.of(first)));
        b.step(new Kernel.Map(List.of(first), List.of(X.sqrt()), List.of(out)));
        return b.build();
    }

    private static KernelCase scatteredInPlace() {
        CaseBuilder b = new CaseBuilder("Program: a scatter in place");
        View x = b.input(DType.F32, 20, 3);
        View at = b.input(b.values().between(DType.I64, -20, 20, 31), 31);
        View updates = b.input(DType.F32, 31, 3);
        View copy = b.temporary(DType.F32, 20, 3);
        b.step(new Kernel.Map(List.of(x), List.of(X), List.of(copy)));
        Kernel.Combine add = Kernel.Combine.ADD;
        b.step(new Kernel.Scatter(copy, at, updates, Kernel.Addressing.AXIS, 0, add, copy));
        b.step(new Kernel.Map(List.of(copy.permute(1, 0)), List.of(X), List.of(b.output(DType.F32, 3, 20))));
        return b.build();
    }

    private static KernelCase sharedCarrier() {
        CaseBuilder b = new CaseBuilder("Program: types that share a slot");
        int slot = b.slot(DType.I16, 200);
        int other = b.slot(DType.F16, 150);
        View x = b.input(DType.F32, 101);
        View half = b.temporary(slot, DType.F16, 101);
        View brain = b.temporary(other, DType.BF16, 101);
        View shorts = b.temporary(slot, DType.I16, 101);
        View out = b.output(DType.F32, 101);
        Expr fromHalf = Expr.arg(0, DType.F16).castTo(DType.F32).times(3);
        Expr fromBrain = Expr.arg(0, DType.BF16).castTo(DType.F32).times(100);
        b.step(new Kernel.Map(List.of(x), List.of(X.castTo(DType.F16)), List.of(half)));
        b.step(new Kernel.Map(List.of(half), List.of(fromHalf.castTo(DType.BF16)), List.of(brain)));
        b.step(new Kernel.Map(List.of(brain), List.of(fromBrain.castTo(DType.I16)), List.of(shorts)));
        b.step(new Kernel.Map(List.of(shorts), List.of(Expr.arg(0, DType.I16).castTo(DType.F32)), List.of(out)));
        return b.build();
    }

    private static KernelCase handedThrough() {
        CaseBuilder b = new CaseBuilder("Program: an input, a constant and a result twice");
        View x = b.input(DType.F32, 5, 3);
        View c = b.constant(Tensor.of(new long[] {4, 5, 6}, 3), 3);
        View y = b.output(DType.F32, 5, 3);
        b.handThrough(x);
        b.handThrough(c);
        b.handThrough(y);
        return b.build(new Kernel.Map(List.of(x), List.of(X.times(2)), List.of(y)));
    }

    private static KernelCase noSteps() {
        CaseBuilder b = new CaseBuilder("Program: no steps");
        b.handThrough(b.input(DType.F32, 4));
        return b.build();
    }

    private static KernelCase slicesJoined() {
        CaseBuilder b = new CaseBuilder("Program: two steps write one result");
        View x = b.input(DType.F32, 6, 9);
        View out = b.output(DType.F32, 6, 14);
        b.step(new Kernel.Map(List.of(x), List.of(X), List.of(out.slice(1, 0, 9, 1))));
        b.step(new Kernel.Map(List.of(x.slice(1, 8, 5, -2)), List.of(X.negate()), List.of(out.slice(1, 9, 5, 1))));
        return b.build();
    }
}
