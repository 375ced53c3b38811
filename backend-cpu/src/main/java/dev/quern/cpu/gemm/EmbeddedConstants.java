package dev.quern.cpu.gemm;

import dev.quern.expr.Expr;
import dev.quern.expr.Substitution;
import dev.quern.kernel.Constant;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// An expression in which operands that are one number for all sums, such as the scale of scores, are part of
/// it: what is left fits into the registers of a tile more often.
///
/// @param expr its first arguments are states, such as a sum; those after them are the operands
record EmbeddedConstants(Expr expr, List<View> operands) {

    /// @param states how many arguments come before the operands
    /// @param constants what a buffer holds in all runs, or `null`
    static EmbeddedConstants of(Expr expr, int states, List<View> operands, IntFunction<@Nullable Constant> constants) {
        List<Expr> arguments = new ArrayList<>();
        List<View> left = new ArrayList<>();
        for (View view : operands) {
            Constant constant = isOneElement(view) ? constants.apply(view.buffer()) : null;
            if (constant == null) {
                arguments.add(Expr.arg(states + left.size(), view.dtype()));
                left.add(view);
            } else {
                arguments.add(Expr.constant(view.dtype(), constant.tensor().getDouble(view.offset())));
            }
        }
        return left.size() == operands.size()
                ? new EmbeddedConstants(expr, operands)
                : new EmbeddedConstants(
                        Substitution.of(expr, a -> a.index() < states ? a : arguments.get(a.index() - states)), left);
    }

    private static boolean isOneElement(View view) {
        return view.dtype().isFloat()
                && view.length() > 0
                && IntStream.range(0, view.rank()).allMatch(axis -> view.dim(axis) == 1 || view.stride(axis) == 0);
    }
}
