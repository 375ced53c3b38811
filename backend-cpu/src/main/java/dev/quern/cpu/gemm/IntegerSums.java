package dev.quern.cpu.gemm;

import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.expr.Substitution;
import dev.quern.tensor.DType;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// What becomes of sums of 32-bit integers that reach their epilogue in an array of floats.
///
/// @param rounded whether the array holds them rounded to floats, which is all that the epilogue asks for; else it
///     holds their bits
/// @param epilogue of a float
record IntegerSums(boolean rounded, Expr epilogue) {
    private static final Expr SUM = Expr.arg(0, DType.I32);
    private static final Expr FLOAT = Expr.arg(0, DType.F32);

    /// @param epilogue of an integer
    static IntegerSums of(Expr epilogue) {
        Expr ofFloat = withoutCasts(epilogue, new IdentityHashMap<>());
        boolean rounded = StraightLine.of(ofFloat).steps().stream()
                .noneMatch(step -> step.expr().equals(SUM));
        return rounded
                ? new IntegerSums(true, ofFloat)
                : new IntegerSums(false, Substitution.of(epilogue, Map.of(0, new Expr.BitCast(DType.I32, FLOAT))));
    }

    /// For sums that floats hold exactly.
    static Expr exact(Expr epilogue) {
        IntegerSums sums = of(epilogue);
        return sums.rounded ? sums.epilogue : Substitution.of(epilogue, Map.of(0, FLOAT.castTo(DType.I32)));
    }

    private static Expr withoutCasts(Expr expr, Map<Expr, Expr> done) {
        Expr known = done.get(expr);
        if (known == null) {
            List<Expr> operands =
                    expr.operands().stream().map(x -> withoutCasts(x, done)).toList();
            boolean isSum = expr instanceof Expr.Cast(DType to, Expr x)
                    && to == DType.F32
                    && x instanceof Expr.Arg(int index, DType type)
                    && index == 0
                    && type == DType.I32;
            known = isSum ? FLOAT : expr.withOperands(operands);
            done.put(expr, known);
        }
        return known;
    }
}
