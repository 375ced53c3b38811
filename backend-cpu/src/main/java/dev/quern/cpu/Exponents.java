package dev.quern.cpu;

import dev.quern.cpu.run.Buffers;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.expr.Substitution;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Puts exponents that are constants of the program into the expressions: a power of 2 or ½ is then one multiplication
/// or square root, where the interpreter and generated code had to ask for every element. Other constants stay
/// operands, so that one kernel serves them all.
final class Exponents {
    private final Buffers buffers;

    Exponents(Buffers buffers) {
        this.buffers = buffers;
    }

    Kernel.Map in(Kernel.Map k) {
        List<Expr> exprs = k.exprs().stream().map(e -> in(e, 0, k.inputs())).toList();
        return new Kernel.Map(k.inputs(), exprs, k.outputs());
    }

    Kernel.Reduce in(Kernel.Reduce k) {
        List<Expr> epilogue = k.epilogue().stream()
                .map(e -> in(e, k.reducer().states(), k.epilogueOperands()))
                .toList();
        return new Kernel.Reduce(
                k.operands(),
                k.reducedRank(),
                in(k.prologue(), 0, k.operands()),
                k.reducer(),
                k.epilogueOperands(),
                epilogue,
                k.outputs());
    }

    Kernel.Contract in(Kernel.Contract k) {
        Expr epilogue = in(k.epilogue(), 1, k.epilogueOperands());
        return new Kernel.Contract(
                k.a(), k.b(), k.aZero(), k.bZero(), k.accumulate(), k.epilogueOperands(), epilogue, k.output());
    }

    /// @param states how many arguments come before those that are read from `operands`
    private Expr in(Expr expr, int states, List<View> operands) {
        Map<Integer, Expr> known = new HashMap<>();
        for (StraightLine.Step step : StraightLine.of(expr).steps()) {
            if (step.expr() instanceof Expr.Binary(BinaryFn fn, Expr ignored, Expr.Arg exponent)
                    && fn == BinaryFn.POW
                    && exponent.index() >= states) {
                View view = operands.get(exponent.index() - states);
                Constant constant = buffers.constant(view.buffer());
                if (constant != null && isOneElement(view)) {
                    double value = constant.tensor().getDouble(view.offset());
                    known.put(exponent.index(), Expr.constant(exponent.dtype(), value));
                }
            }
        }
        return known.isEmpty() ? expr : Substitution.of(expr, known);
    }

    private static boolean isOneElement(View view) {
        for (int axis = 0; axis < view.rank(); axis++) {
            if (view.dim(axis) > 1 && view.stride(axis) != 0) {
                return false;
            }
        }
        return view.length() > 0;
    }
}
