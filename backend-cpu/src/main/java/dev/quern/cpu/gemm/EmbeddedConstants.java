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

/// An epilogue in which operands that are one number for all sums, such as the scale of scores, are part of the
/// expression: what is left fits into the registers of a tile more often.
///
/// @param expr argument 0 is the sum, argument k + 1 operand k
record EmbeddedConstants(Expr expr, List<View> operands) {

    /// @param constants what a buffer holds in all runs, or `null`
    static EmbeddedConstants of(Expr epilogue, List<View> operands, IntFunction<@Nullable Constant> constants) {
        List<Expr> arguments = new ArrayList<>();
        List<View> left = new ArrayList<>();
        for (View view : operands) {
            Constant constant = isOneElement(view) ? constants.apply(view.buffer()) : null;
            if (constant == null) {
                arguments.add(Expr.arg(1 + left.size(), view.dtype()));
                left.add(view);
            } else {
                arguments.add(Expr.constant(view.dtype(), constant.tensor().getDouble(view.offset())));
            }
        }
        return left.size() == operands.size()
                ? new EmbeddedConstants(epilogue, operands)
                : new EmbeddedConstants(
                        Substitution.of(epilogue, a -> a.index() == 0 ? a : arguments.get(a.index() - 1)), left);
    }

    private static boolean isOneElement(View view) {
        return view.dtype().isFloat()
                && view.length() > 0
                && IntStream.range(0, view.rank()).allMatch(axis -> view.dim(axis) == 1 || view.stride(axis) == 0);
    }
}
