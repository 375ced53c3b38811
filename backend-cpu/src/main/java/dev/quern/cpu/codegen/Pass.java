package dev.quern.cpu.codegen;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.tensor.DType;
import java.util.List;

/// One walk over the elements of a reduction. A reducer with two states takes two; the second knows the first state as
/// one more operand.
///
/// @param fn combines two elements
/// @param element the element; operands as in the prologue, then, in a second pass, the first state
/// @param mean whether the result is divided by the number of elements
record Pass(BinaryFn fn, Expr element, boolean mean) {

    /// @throws NotGenerated where the reducer or the type has no such form
    static List<Pass> of(Kernel.Reduce kernel) {
        Expr x = kernel.prologue();
        type(x.dtype());
        Expr state = Expr.arg(kernel.operands().size(), x.dtype());
        return switch (kernel.reducer()) {
            case SUM -> List.of(new Pass(BinaryFn.ADD, x, false));
            case PRODUCT -> List.of(new Pass(BinaryFn.MUL, x, false));
            case MIN -> List.of(new Pass(BinaryFn.MIN, x, false));
            case MAX -> List.of(new Pass(BinaryFn.MAX, x, false));
            case MEAN_VARIANCE -> {
                Expr distance = x.minus(state);
                yield List.of(new Pass(BinaryFn.ADD, x, true), new Pass(BinaryFn.ADD, distance.times(distance), true));
            }
            case MAX_SUM_EXP ->
                List.of(
                        new Pass(BinaryFn.MAX, x, false),
                        new Pass(BinaryFn.ADD, x.minus(state).exp(), false));
            case ARG_MIN_FIRST, ARG_MIN_LAST, ARG_MAX_FIRST, ARG_MAX_LAST, AND, OR ->
                throw new NotGenerated("a reduction by " + kernel.reducer());
        };
    }

    /// What elements of `type` are accumulated as.
    static DType type(DType type) {
        return switch (Lane.of(type)) {
            case FLOAT -> DType.F32;
            case DOUBLE -> DType.F64;
            case INT, LONG, MASK -> throw new NotGenerated("a reduction of " + type);
        };
    }

    DType type() {
        return type(element.dtype());
    }

    /// What an empty reduction gives.
    double identity() {
        return switch (fn) {
            case ADD -> 0;
            case MUL -> 1;
            case MIN -> Double.POSITIVE_INFINITY;
            case MAX -> Double.NEGATIVE_INFINITY;
            default -> throw new NotGenerated("a reduction by " + fn);
        };
    }
}
