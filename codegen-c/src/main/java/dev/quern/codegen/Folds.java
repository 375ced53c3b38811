package dev.quern.codegen;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The states that a [Reducer] ends in, from one or two folds over its elements.
///
/// @param dtype in which the states are computed
/// @param length the number of elements
/// @param fold writes one fold
record Folds(KernelText text, Reducer reducer, DType dtype, String length, Fold fold) {

    /// Writes what combines all elements in the order of the virtual lanes.
    interface Fold {
        /// @param second what becomes of each element first, in a second pass
        /// @return the variable that holds the result
        String of(BinaryFn fn, @Nullable Second second);
    }

    /// What a second pass makes of an element (argument 0) and the first pass's state (argument 1).
    record Second(Expr expr, String state) {

        /// @return the variable that holds what becomes of `element`
        String value(KernelText text, String element) {
            return Scalars.write(text, List.of(expr), Scalars.Operands.arguments(List.of(element, state)))
                    .getFirst();
        }
    }

    /// The variables that hold the states; a reducer that gives a position has no folds.
    List<String> states() {
        return switch (reducer) {
            case SUM -> List.of(fold.of(BinaryFn.ADD, null));
            case PRODUCT -> List.of(fold.of(BinaryFn.MUL, null));
            case MIN -> List.of(fold.of(BinaryFn.MIN, null));
            case MAX -> List.of(fold.of(BinaryFn.MAX, null));
            case AND -> List.of(fold.of(BinaryFn.AND, null));
            case OR -> List.of(fold.of(BinaryFn.OR, null));
            case MEAN_VARIANCE -> {
                String n = "(" + CTypes.computed(dtype) + ") " + length;
                String mean = text.variable(dtype, fold.of(BinaryFn.ADD, null) + " / " + n);
                Expr d = Expr.arg(0, dtype).minus(Expr.arg(1, dtype));
                yield List.of(
                        mean, text.variable(dtype, fold.of(BinaryFn.ADD, new Second(d.times(d), mean)) + " / " + n));
            }
            case MAX_SUM_EXP -> {
                String max = fold.of(BinaryFn.MAX, null);
                Expr e = Expr.arg(0, dtype).minus(Expr.arg(1, dtype)).exp();
                yield List.of(max, fold.of(BinaryFn.ADD, new Second(e, max)));
            }
            case ARG_MIN_FIRST, ARG_MIN_LAST, ARG_MAX_FIRST, ARG_MAX_LAST ->
                throw new IllegalStateException(reducer + " has no folds");
        };
    }
}
