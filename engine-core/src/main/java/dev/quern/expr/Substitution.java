package dev.quern.expr;

import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;

/// Replaces the operands of expressions by other expressions: what fusion is made of.
///
/// The result is what would come out if each replacement were stored first and read as the operand, to the bit, but for
/// `f16` and `bf16`: a replacement of such a type goes in as it was computed, in `f32`, without the rounding of the
/// store. Floats of 8 bits and fewer are rounded.
public final class Substitution {
    private final Function<Expr.Arg, Expr> byArg;
    private final IdentityHashMap<Expr, Expr> done = new IdentityHashMap<>();

    private Substitution(Function<Expr.Arg, Expr> byArg) {
        this.byArg = byArg;
    }

    /// `expr` with each operand replaced by what `byArg` gives for it, of the same type.
    public static Expr of(Expr expr, Function<Expr.Arg, Expr> byArg) {
        return new Substitution(byArg).apply(expr);
    }

    /// `expr` with the operands in `byArg` replaced; others stay.
    public static Expr of(Expr expr, Map<Integer, Expr> byArg) {
        return of(expr, arg -> byArg.getOrDefault(arg.index(), arg));
    }

    /// `expr` with operand `i` called `number(i)`.
    public static Expr renumber(Expr expr, IntUnaryOperator number) {
        return of(expr, arg -> new Expr.Arg(number.applyAsInt(arg.index()), arg.dtype()));
    }

    private Expr apply(Expr expr) {
        Expr known = done.get(expr);
        if (known != null) {
            return known;
        }
        Expr result = expr instanceof Expr.Arg arg ? replacement(arg) : rebuilt(expr);
        done.put(expr, result);
        return result;
    }

    @SuppressWarnings("ReferenceEquality") // only what was replaced is another object
    private Expr rebuilt(Expr expr) {
        List<Expr> operands = expr.operands();
        List<Expr> replaced = operands.stream().map(this::apply).toList();
        for (int i = 0; i < replaced.size(); i++) {
            if (replaced.get(i) != operands.get(i)) {
                return expr.withOperands(replaced);
            }
        }
        return expr;
    }

    private Expr replacement(Expr.Arg arg) {
        Expr replacement = byArg.apply(arg);
        DType type = arg.dtype();
        if (replacement.dtype() != type) {
            throw new ShapeException("operand " + arg.index() + " of an expression is " + type + ", its replacement "
                    + replacement.dtype());
        }
        boolean rounded = type.isFloat() && type.bits() < DType.F16.bits() && !(replacement instanceof Expr.Arg);
        return rounded ? new Expr.Cast(type, replacement) : replacement;
    }
}
