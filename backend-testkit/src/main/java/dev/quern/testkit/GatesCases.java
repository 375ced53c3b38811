package dev.quern.testkit;

import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.stream.Stream;

/// Products whose columns side by side are the gates of maps, as recurrent layers have them, which a backend may run as
/// one; and those that only look so.
final class GatesCases {
    private static final Expr X = Expr.arg(0, DType.F32);
    private static final Expr Y = Expr.arg(1, DType.F32);
    private static final Expr Z = Expr.arg(2, DType.F32);
    private static final Expr W = Expr.arg(3, DType.F32);

    private GatesCases() {}

    static Stream<KernelCase> all() {
        return Stream.of(
                lstm(1, 24, false),
                lstm(3, 70, true),
                lstm(18, 20, false),
                linearBeforeReset(),
                linearUnit(),
                rounded(),
                batches(),
                twoMapsOfAll(),
                cellReadInBetween(),
                gatesRead(),
                overTheArgument());
    }

    private static View gate(View gates, int number, int columns) {
        return gates.slice(gates.rank() - 1, number * columns, columns, 1);
    }

    private static Kernel product(View a, View b, View beside, View out) {
        return new Kernel.Contract(
                a, b, null, null, DType.F32, List.of(beside), Y.plus(X).castTo(out.dtype()), out);
    }

    private static Expr cell() {
        return W.times(Z.sigmoid()).plus(X.sigmoid().times(Y.tanh()));
    }

    /// Three steps; the state begins where the last one lay, where `inPlace`.
    private static KernelCase lstm(int rows, int units, boolean inPlace) {
        CaseBuilder b = new CaseBuilder((rows < 16 ? "Gates: " : "Gates-like: ") + "an LSTM of " + rows + " rows and "
                + units + " units" + (inPlace ? ", states in one place" : ""));
        View weights = b.input(DType.F32, units, 4 * units);
        View fromInput = b.input(DType.F32, 3, rows, 4 * units);
        View start = b.input(DType.F32, rows, units);
        int slot = b.slot(DType.F32, rows * units);
        View state = b.temporary(slot, DType.F32, rows, units);
        View cell = b.temporary(DType.F32, rows, units);
        b.step(new Kernel.Map(List.of(start), List.of(X.tanh()), List.of(state)));
        b.step(new Kernel.Map(List.of(start), List.of(X.times(0.5)), List.of(cell)));
        View all = b.output(DType.F32, 3, rows, units);
        for (int t = 0; t < 3; t++) {
            View gates = b.temporary(DType.F32, rows, 4 * units);
            View nextCell = b.temporary(DType.F32, rows, units);
            View next = inPlace ? b.temporary(slot, DType.F32, rows, units) : b.temporary(DType.F32, rows, units);
            View beside = View.of(
                    fromInput.buffer(), DType.F32, t * rows * 4 * units, new int[] {rows, 4 * units}, new int[] {
                        4 * units, 1
                    });
            b.step(product(state, weights, beside, gates));
            b.step(new Kernel.Map(
                    List.of(gate(gates, 0, units), gate(gates, 2, units), gate(gates, 3, units), cell),
                    List.of(cell()),
                    List.of(nextCell)));
            b.step(new Kernel.Map(
                    List.of(gate(gates, 1, units), nextCell),
                    List.of(X.sigmoid().times(Y.tanh())),
                    List.of(next)));
            View step = View.of(
                    all.buffer(), DType.F32, t * rows * units, new int[] {1, rows, units}, new int[] {1, units, 1});
            b.step(new Kernel.Map(
                    List.of(View.dense(next.buffer(), DType.F32, 1, rows, units)), List.of(X), List.of(step)));
            state = next;
            cell = nextCell;
        }
        return b.build();
    }

    /// A GRU whose reset gate comes after the product, over other axes than the product's, into a part of an array.
    private static KernelCase linearBeforeReset() {
        CaseBuilder b = new CaseBuilder("Gates: a GRU's step, into a part of its results");
        int units = 33;
        View state = b.temporary(DType.F32, 2, units);
        View gates = b.temporary(DType.F32, 2, 3 * units);
        View all = b.temporary(DType.F32, 4, 1, 2, units);
        b.step(new Kernel.Map(List.of(b.input(DType.F32, 2, units)), List.of(X.tanh()), List.of(state)));
        b.step(new Kernel.Map(List.of(b.input(DType.F32, 4, 1, 2, units)), List.of(X.plus(1)), List.of(all)));
        b.step(product(
                state,
                b.input(DType.F32, units, 3 * units),
                b.input(DType.F32, 3 * units).expand(2, 3 * units),
                gates));
        View wide = View.dense(gates.buffer(), DType.F32, 1, 1, 2, 3 * units);
        Expr update = X.sigmoid();
        Expr candidate = Y.sigmoid().times(Z).plus(0.5).tanh();
        b.step(new Kernel.Map(
                List.of(
                        gate(wide, 0, units),
                        gate(wide, 1, units),
                        gate(wide, 2, units),
                        View.dense(state.buffer(), DType.F32, 1, 1, 2, units)),
                List.of(candidate.minus(update.times(candidate)).plus(update.times(W))),
                List.of(all.slice(0, 2, 1, 1))));
        return b.build(new Kernel.Map(List.of(all), List.of(X), List.of(b.output(DType.F32, 4, 1, 2, units))));
    }

    /// Two halves, one of which gates the other.
    private static KernelCase linearUnit() {
        CaseBuilder b = new CaseBuilder("Gates: a gated linear unit");
        View gates = b.temporary(DType.F32, 5, 100);
        b.step(product(
                b.input(DType.F32, Layout.TRANSPOSED, 5, 17),
                b.input(DType.F32, 100, 17).permute(1, 0),
                b.input(DType.F32, 100).expand(5, 100),
                gates));
        View result = b.temporary(DType.F32, 5, 50);
        b.step(new Kernel.Map(
                List.of(gate(gates, 1, 50), gate(gates, 0, 50)),
                List.of(X.sigmoid().times(Y)),
                List.of(result)));
        return b.build(new Kernel.Map(List.of(result), List.of(X.plus(1)), List.of(b.output(DType.F32, 5, 50))));
    }

    private static KernelCase rounded() {
        CaseBuilder b = new CaseBuilder("Gates: rounded to f16, two results");
        DType dtype = DType.F16;
        View gates = b.temporary(dtype, 4, 60);
        View first = b.temporary(dtype, 4, 20);
        View second = b.temporary(DType.F32, 4, 20);
        Expr x = Expr.arg(0, dtype).castTo(DType.F32);
        Expr y = Expr.arg(1, dtype).castTo(DType.F32);
        Expr bias = Expr.arg(1, DType.F32);
        b.step(new Kernel.Contract(
                b.input(dtype, 4, 9),
                b.input(dtype, 9, 60),
                null,
                null,
                DType.F32,
                List.of(b.input(DType.F32, 60).expand(4, 60)),
                X.plus(bias).castTo(dtype),
                gates));
        b.step(new Kernel.Map(
                List.of(gate(gates, 2, 20), gate(gates, 0, 20)),
                List.of(x.times(y).castTo(dtype), x.plus(y)),
                List.of(first, second)));
        b.step(new Kernel.Map(List.of(first), List.of(x.times(2)), List.of(b.output(DType.F32, 4, 20))));
        return b.build(new Kernel.Map(List.of(second), List.of(X.times(2)), List.of(b.output(DType.F32, 4, 20))));
    }

    private static KernelCase batches() {
        CaseBuilder b = new CaseBuilder("Gates: of two batches, that share columns");
        View gates = b.temporary(DType.F32, 2, 3, 40);
        View result = b.temporary(DType.F32, 2, 3, 30);
        b.step(product(
                b.input(DType.F32, 2, 3, 8),
                b.input(DType.F32, 8, 40).expand(2, 8, 40),
                b.input(DType.F32, 3, 40).expand(2, 3, 40),
                gates));
        b.step(new Kernel.Map(
                List.of(gates.slice(2, 0, 30, 1), gates.slice(2, 10, 30, 1)), List.of(X.max(Y)), List.of(result)));
        return b.build(new Kernel.Map(List.of(result), List.of(X.plus(1)), List.of(b.output(DType.F32, 2, 3, 30))));
    }

    private static KernelCase twoMapsOfAll() {
        CaseBuilder b = new CaseBuilder("Gates: one gate of all columns, two maps");
        View gates = b.temporary(DType.F32, 3, 75);
        View first = b.temporary(DType.F32, 3, 75);
        View second = b.temporary(DType.F32, 3, 75);
        b.step(product(b.input(DType.F32, 3, 30), b.input(DType.F32, 30, 75), b.input(DType.F32, 3, 75), gates));
        b.step(new Kernel.Map(List.of(gates), List.of(X.exp()), List.of(first)));
        b.step(new Kernel.Map(List.of(first, gates), List.of(X.minus(Y)), List.of(second)));
        b.step(new Kernel.Map(List.of(first), List.of(X.plus(1)), List.of(b.output(DType.F32, 3, 75))));
        return b.build(new Kernel.Map(List.of(second), List.of(X.plus(1)), List.of(b.output(DType.F32, 3, 75))));
    }

    /// A result of the first map is wanted before the second.
    private static KernelCase cellReadInBetween() {
        CaseBuilder b = new CaseBuilder("Gates-like: a result that is read between the maps");
        View gates = b.temporary(DType.F32, 3, 40);
        View first = b.temporary(DType.F32, 3, 20);
        View other = b.temporary(DType.F32, 3, 20);
        View second = b.temporary(DType.F32, 3, 20);
        b.step(product(b.input(DType.F32, 3, 30), b.input(DType.F32, 30, 40), b.input(DType.F32, 3, 40), gates));
        b.step(new Kernel.Map(List.of(gate(gates, 0, 20)), List.of(X.exp()), List.of(first)));
        b.step(new Kernel.Map(List.of(first), List.of(X.times(2)), List.of(other)));
        b.step(new Kernel.Map(List.of(other, gate(gates, 1, 20)), List.of(X.minus(Y)), List.of(second)));
        return b.build(new Kernel.Map(List.of(second), List.of(X.plus(1)), List.of(b.output(DType.F32, 3, 20))));
    }

    /// The backward pass wants them.
    private static KernelCase gatesRead() {
        CaseBuilder b = new CaseBuilder("Gates-like: gates that are a result too");
        View gates = b.temporary(DType.F32, 3, 40);
        View second = b.temporary(DType.F32, 3, 20);
        b.step(product(b.input(DType.F32, 3, 30), b.input(DType.F32, 30, 40), b.input(DType.F32, 3, 40), gates));
        b.step(new Kernel.Map(
                List.of(gate(gates, 0, 20), gate(gates, 1, 20)),
                List.of(X.minus(Y).exp()),
                List.of(second)));
        b.step(new Kernel.Map(List.of(second), List.of(X.plus(1)), List.of(b.output(DType.F32, 3, 20))));
        return b.build(new Kernel.Map(List.of(gates), List.of(X), List.of(b.output(DType.F32, 3, 40))));
    }

    /// A state that is an argument, and the next one a result, which may lie in its array.
    private static KernelCase overTheArgument() {
        CaseBuilder b = new CaseBuilder("Gates-like: a result that may lie where an argument lies");
        View gates = b.temporary(DType.F32, 3, 40);
        View state = b.input(DType.F32, 3, 20);
        b.step(product(state, b.input(DType.F32, 20, 40), b.input(DType.F32, 3, 40), gates));
        return b.build(new Kernel.Map(
                List.of(gate(gates, 0, 20), gate(gates, 1, 20), state),
                List.of(X.minus(Y).exp().plus(Z)),
                List.of(b.output(DType.F32, 3, 20))));
    }
}
