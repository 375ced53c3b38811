package dev.quern.expr;

import static dev.quern.expr.BinaryFn.ADD;
import static dev.quern.expr.BinaryFn.DIV;
import static dev.quern.expr.BinaryFn.MUL;
import static dev.quern.expr.BinaryFn.SUB;
import static dev.quern.expr.UnaryFn.NEG;
import static dev.quern.expr.UnaryFn.SQRT;

import dev.quern.tensor.DType;
import java.util.IdentityHashMap;

/// Symbolic derivatives, in forms that do not overflow or cancel where the function itself does not.
///
/// Where a function has no derivative, PyTorch's convention holds: of abs it is 0 at 0, of min and max at a tie each
/// side gets half, of x^y with respect to y it is 0 at x = 0, y ≥ 0. What is piecewise constant (rounding, signs,
/// comparisons, everything of integers and `bool`) has derivative 0. Of a selection it is the selection of the
/// derivatives, so `select(x > 0, x, 0)` has derivative 0 at 0 and lets no NaN of the side not taken through.
public final class Derivative {
    private static final double TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

    private final int arg;
    private final IdentityHashMap<Expr, Expr> done = new IdentityHashMap<>();

    private Derivative(int arg) {
        this.arg = arg;
    }

    /// The derivative of `expr` with respect to operand `arg`: simplified, of the type of `expr`.
    public static Expr of(Expr expr, int arg) {
        // once more: parts of `expr` itself occur in its derivative
        return Simplifier.simplify(new Derivative(arg).of(Simplifier.simplify(expr)));
    }

    private Expr of(Expr expr) {
        if (!expr.dtype().isFloat()) {
            return expr.like(0);
        }
        Expr known = done.get(expr);
        if (known != null) {
            return known;
        }
        Expr result = switch (expr) {
            case Expr.Arg(int index, DType ignored) -> expr.like(index == arg ? 1 : 0);
            case Expr.Const ignored -> expr.like(0);
            case Expr.Index ignored -> expr.like(0);
            case Expr.Unary(UnaryFn fn, Expr x) -> {
                Expr dx = of(x);
                yield isZero(dx) ? dx : product(outer(fn, x, expr), dx);
            }
            case Expr.Binary binary -> binary(binary, of(binary.a()), of(binary.b()));
            case Expr.Select(Expr condition, Expr yes, Expr no) -> Simplifier.select(condition, of(yes), of(no));
            case Expr.Cast(DType to, Expr x) -> x.dtype().isFloat() ? Simplifier.cast(to, of(x)) : expr.like(0);
            case Expr.BitCast ignored -> expr.like(0);
        };
        done.put(expr, result);
        return result;
    }

    /// The derivative of `fn` at `x`, where its value is `y`.
    private static Expr outer(UnaryFn fn, Expr x, Expr y) {
        Expr one = x.like(1);
        return switch (fn) {
            case NEG -> x.like(-1);
            case ABS -> x.apply(UnaryFn.SIGN);
            case SQRT -> quotient(x.like(0.5), y);
            case EXP -> y;
            case EXPM1 -> x.exp();
            case LOG -> quotient(one, x);
            case LOG1P -> quotient(one, sum(x, one));
            case SIN -> x.apply(UnaryFn.COS);
            case COS -> negated(x.apply(UnaryFn.SIN));
            case TAN -> sum(product(y, y), one);
            case ASIN -> quotient(one, root(product(difference(one, x), sum(x, one))));
            case ACOS -> quotient(x.like(-1), root(product(difference(one, x), sum(x, one))));
            case ATAN -> quotient(one, sum(product(x, x), one));
            case SINH -> x.apply(UnaryFn.COSH);
            case COSH -> x.apply(UnaryFn.SINH);
            case TANH -> difference(one, product(y, y));
            case ASINH -> quotient(one, root(sum(product(x, x), one)));
            case ACOSH -> quotient(one, root(product(difference(x, one), sum(x, one))));
            case ATANH -> quotient(one, product(difference(one, x), sum(x, one)));
            case ERF -> product(negated(product(x, x)).exp(), x.like(TWO_OVER_ROOT_PI));
            case SIGMOID -> product(y, difference(one, y));
            case SOFTPLUS -> x.sigmoid();
            case SIGN, FLOOR, CEIL, ROUND, TRUNC, STOP_GRADIENT, NOT, IS_NAN, IS_INF -> x.like(0);
        };
    }

    private static Expr binary(Expr.Binary expr, Expr da, Expr db) {
        if (isZero(da) && isZero(db)) {
            return da;
        }
        Expr a = expr.a();
        Expr b = expr.b();
        return switch (expr.fn()) {
            case ADD -> sum(da, db);
            case SUB -> difference(da, db);
            case MUL -> sum(product(b, da), product(a, db));
            // not over b², which overflows and underflows first
            case DIV -> difference(quotient(da, b), product(quotient(expr, b), db));
            case MOD -> difference(da, product(Simplifier.binary(DIV, a, b).apply(UnaryFn.FLOOR), db));
            case REM -> difference(da, product(Simplifier.binary(DIV, a, b).apply(UnaryFn.TRUNC), db));
            case POW -> sum(product(base(a, b), da), product(exponent(a, b, expr), db));
            case MAX -> ofExtreme(a.gt(b), a.lt(b), da, db);
            case MIN -> ofExtreme(a.lt(b), a.gt(b), da, db);
            case ATAN2 -> angle(a, b, da, db);
            case AND, OR, XOR, SHL, SHR, LT, LE, GT, GE, EQ, NE -> expr.like(0);
        };
    }

    private static Expr ofExtreme(Expr first, Expr second, Expr da, Expr db) {
        Expr tie = product(sum(da, db), da.like(0.5));
        return Simplifier.select(first, da, Simplifier.select(second, db, tie));
    }

    /// d x^y / dx = y x^(y−1), and 0 for y = 0 even at x = 0.
    private static Expr base(Expr x, Expr y) {
        Expr slope = product(Simplifier.binary(BinaryFn.POW, x, difference(y, y.like(1))), y);
        return Simplifier.select(Simplifier.binary(BinaryFn.EQ, y, y.like(0)), y.like(0), slope);
    }

    /// d x^y / dy = x^y log x, and 0 where x = 0 ≤ y.
    private static Expr exponent(Expr x, Expr y, Expr power) {
        Expr zero = y.like(0);
        Expr flat = Simplifier.binary(
                BinaryFn.AND, Simplifier.binary(BinaryFn.EQ, x, zero), Simplifier.binary(BinaryFn.GE, y, zero));
        return Simplifier.select(flat, zero, product(power, Simplifier.unary(UnaryFn.LOG, x)));
    }

    /// d atan2(a, b) = (b da − a db) / (a² + b²), over operands scaled by the larger one.
    private static Expr angle(Expr a, Expr b, Expr da, Expr db) {
        Expr scale =
                Simplifier.binary(BinaryFn.MAX, Simplifier.unary(UnaryFn.ABS, a), Simplifier.unary(UnaryFn.ABS, b));
        Expr u = quotient(a, scale);
        Expr v = quotient(b, scale);
        Expr norm = product(sum(product(u, u), product(v, v)), scale);
        return difference(product(quotient(v, norm), da), product(quotient(u, norm), db));
    }

    private static Expr root(Expr x) {
        return Simplifier.unary(SQRT, x);
    }

    private static Expr negated(Expr x) {
        return Simplifier.unary(NEG, x);
    }

    /// a + b, where 0 is neutral.
    private static Expr sum(Expr a, Expr b) {
        return isZero(a) ? b : isZero(b) ? a : Simplifier.binary(ADD, a, b);
    }

    private static Expr difference(Expr a, Expr b) {
        return isZero(b) ? a : isZero(a) ? negated(b) : Simplifier.binary(SUB, a, b);
    }

    /// a · b, where 0 wins even over what might be infinite or NaN: there is nothing to differentiate.
    private static Expr product(Expr a, Expr b) {
        return isZero(a) ? a : isZero(b) ? b : Simplifier.binary(MUL, a, b);
    }

    private static Expr quotient(Expr a, Expr b) {
        return isZero(a) ? a : Simplifier.binary(DIV, a, b);
    }

    private static boolean isZero(Expr e) {
        return e instanceof Expr.Const c && c.asDouble() == 0;
    }
}
