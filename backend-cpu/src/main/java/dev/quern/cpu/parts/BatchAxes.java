package dev.quern.cpu.parts;

import dev.quern.cpu.plain.Shares;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Along which axis of each operand a kernel is divided when its results are divided along one of theirs, such that the
/// results of a part depend on that part of the operands alone: said by what each kernel means, not by operators.
final class BatchAxes {
    /// For an operand that every part reads whole.
    static final int WHOLE = -1;

    private final Map<View, Integer> axes = new HashMap<>();
    private boolean agree = true;

    private BatchAxes() {}

    /// The axis of each view of `kernel`, or nothing where parts of its results along `axis` depend on each other, on
    /// where in the batch they are, or on two axes of one view.
    static Optional<Map<View, Integer>> of(Kernel kernel, int axis) {
        BatchAxes found = new BatchAxes();
        return found.divide(kernel, axis) && found.agree ? Optional.of(found.axes) : Optional.empty();
    }

    private boolean divide(Kernel kernel, int axis) {
        kernel.outputs().forEach(v -> put(v, axis));
        return switch (kernel) {
            case Kernel.Map k -> {
                k.inputs().forEach(v -> put(v, axis));
                yield isAnywhere(k.exprs());
            }
            case Kernel.Reduce k -> {
                k.inputs().forEach(v -> put(v, axis));
                yield isAnywhere(k.epilogue()) && isAnywhere(List.of(k.prologue()));
            }
            case Kernel.Contract k -> contract(k, axis);
            case Kernel.Convolve k -> {
                put(k.input(), 0);
                put(k.weights(), WHOLE);
                expanding(k.inputZero(), k.input(), 0);
                expanding(k.weightsZero(), k.weights(), WHOLE);
                k.epilogueOperands().forEach(v -> put(v, axis));
                yield axis == 0 && k.geometry().batchGroups() == 1 && isAnywhere(List.of(k.epilogue()));
            }
            case Kernel.Window k -> {
                put(k.input(), axis);
                yield axis < 2;
            }
            case Kernel.Gather k -> gather(k, axis);
            case Kernel.Cumulate k -> {
                put(k.input(), axis);
                yield axis != k.axis();
            }
            case Kernel.Sort k -> {
                put(k.input(), axis);
                yield axis != k.axis();
            }
            case Kernel.Scatter ignored -> false;
            case Kernel.Native k -> {
                k.inputs().forEach(v -> put(v, axis));
                yield k.op() instanceof Shares && axis < k.outputs().getFirst().rank() - 1;
            }
        };
    }

    private boolean contract(Kernel.Contract k, int axis) {
        int rank = k.output().rank();
        int ofA = axis == rank - 1 ? WHOLE : axis;
        int ofB = axis == rank - 2 ? WHOLE : axis;
        put(k.a(), ofA);
        put(k.b(), ofB);
        expanding(k.aZero(), k.a(), ofA);
        expanding(k.bZero(), k.b(), ofB);
        k.epilogueOperands().forEach(v -> put(v, axis));
        return isAnywhere(List.of(k.epilogue()));
    }

    /// What is addressed by indices is read whole, its other axes and the indices go along.
    private boolean gather(Kernel.Gather k, int axis) {
        switch (k.addressing()) {
            case AXIS -> {
                int behind = axis - k.indices().rank();
                boolean isIndex = axis >= k.axis() && behind < k.axis();
                put(k.indices(), isIndex ? axis - k.axis() : WHOLE);
                put(k.data(), isIndex ? WHOLE : axis < k.axis() ? axis : behind + 1);
            }
            case ELEMENTS -> {
                put(k.indices(), axis);
                put(k.data(), axis == k.axis() ? WHOLE : axis);
                return axis == k.axis() || k.data().dim(axis) == k.indices().dim(axis);
            }
            case ND -> {
                int addresses = k.indices().rank() - 1;
                put(k.indices(), axis < addresses ? axis : WHOLE);
                int behind = axis - addresses + k.axis() + k.indices().dim(addresses);
                put(k.data(), axis < k.axis() ? axis : axis < addresses ? WHOLE : behind);
            }
        }
        return true;
    }

    private void put(View view, int axis) {
        Integer before = axes.put(view, axis);
        agree &= before == null || before == axis;
    }

    /// A view that expands to `operand`, which is divided along `axis`.
    private void expanding(@Nullable View view, View operand, int axis) {
        if (view != null) {
            int own = axis == WHOLE ? WHOLE : axis - operand.rank() + view.rank();
            put(view, own >= 0 && view.dim(own) == 1 ? WHOLE : Math.max(own, WHOLE));
        }
    }

    /// Whether expressions do not depend on where they are evaluated.
    private static boolean isAnywhere(List<Expr> exprs) {
        return StraightLine.of(exprs).steps().stream().noneMatch(s -> s.expr() instanceof Expr.Index);
    }
}
