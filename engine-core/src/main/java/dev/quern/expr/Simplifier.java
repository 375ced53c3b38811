package dev.quern.expr;

import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.IdentityHashMap;
import java.util.Optional;

/// Makes expressions smaller without changing a bit of their value under [Rounding#STRICT], NaN, infinities and −0
/// included (which NaN it is does not count).
///
/// So `x + 0` stays (it turns −0 into 0), and `x · 0` too (it keeps NaN), while `x − 0`, `x + −0` and `x · 1` become
/// `x`. Constants go to the right of what commutes; a division by a power of two becomes a product; a constant power
/// that [BinaryFn#POW] defines by elementary operations becomes them. An integer division of constants by zero stays,
/// to fail when it is run, unless its result is not needed.
public final class Simplifier {
    private final IdentityHashMap<Expr, Expr> done = new IdentityHashMap<>();

    private Simplifier() {}

    /// The simpler form of `expr`; `expr` itself where there is none.
    public static Expr simplify(Expr expr) {
        return new Simplifier().apply(expr);
    }

    private Expr apply(Expr expr) {
        Expr known = done.get(expr);
        if (known != null) {
            return known;
        }
        Expr result = switch (expr) {
            case Expr.Arg arg -> arg;
            case Expr.Const constant -> constant;
            case Expr.Index index -> index;
            case Expr.Unary(UnaryFn fn, Expr x) -> unary(fn, apply(x));
            case Expr.Binary(BinaryFn fn, Expr a, Expr b) -> binary(fn, apply(a), apply(b));
            case Expr.Select(Expr c, Expr yes, Expr no) -> select(apply(c), apply(yes), apply(no));
            case Expr.Cast(DType to, Expr x) -> cast(to, apply(x));
            case Expr.BitCast(DType to, Expr x) -> bitCast(to, apply(x));
        };
        done.put(expr, result);
        return result;
    }

    /// `fn(x)` of a simple `x`.
    static Expr unary(UnaryFn fn, Expr x) {
        if (x instanceof Expr.Const) {
            return value(new Expr.Unary(fn, x));
        }
        Expr result = new Expr.Unary(fn, x);
        if (fn == UnaryFn.ABS && x.dtype().isUnsigned()) {
            return x;
        }
        if (fn == UnaryFn.NOT && x instanceof Expr.Binary(BinaryFn comparison, Expr a, Expr b)) {
            return complement(comparison, a, b, result);
        }
        if (!(x instanceof Expr.Unary(UnaryFn inner, Expr y))) {
            return result;
        }
        return switch (fn) {
            case NEG, NOT -> inner == fn ? y : result;
            case ABS -> inner == UnaryFn.NEG ? unary(fn, y) : inner == fn ? x : result;
            case SIGN, STOP_GRADIENT -> inner == fn ? x : result;
            case FLOOR, CEIL, ROUND, TRUNC ->
                switch (inner) {
                    case FLOOR, CEIL, ROUND, TRUNC -> x;
                    default -> result;
                };
            default -> result;
        };
    }

    /// The complement of a comparison: the opposite one, but for those that NaN makes false both ways.
    private static Expr complement(BinaryFn comparison, Expr a, Expr b, Expr asItIs) {
        boolean ordered = !a.dtype().isFloat();
        return switch (comparison) {
            case EQ -> binary(BinaryFn.NE, a, b);
            case NE -> binary(BinaryFn.EQ, a, b);
            case LT -> ordered ? binary(BinaryFn.GE, a, b) : asItIs;
            case LE -> ordered ? binary(BinaryFn.GT, a, b) : asItIs;
            case GT -> ordered ? binary(BinaryFn.LE, a, b) : asItIs;
            case GE -> ordered ? binary(BinaryFn.LT, a, b) : asItIs;
            default -> asItIs;
        };
    }

    /// `fn(a, b)` of simple `a` and `b`.
    static Expr binary(BinaryFn fn, Expr a, Expr b) {
        if (a instanceof Expr.Const && b instanceof Expr.Const) {
            return value(new Expr.Binary(fn, a, b));
        }
        if (a instanceof Expr.Const && mirrored(fn).isPresent()) {
            return binary(mirrored(fn).get(), b, a);
        }
        return a.dtype().isFloat() ? FloatRules.apply(fn, a, b) : IntegerRules.apply(fn, a, b);
    }

    /// The function with which `fn(a, b)` is the function of (b, a).
    private static Optional<BinaryFn> mirrored(BinaryFn fn) {
        return switch (fn) {
            case ADD, MUL, MIN, MAX, AND, OR, XOR, EQ, NE -> Optional.of(fn);
            case LT -> Optional.of(BinaryFn.GT);
            case LE -> Optional.of(BinaryFn.GE);
            case GT -> Optional.of(BinaryFn.LT);
            case GE -> Optional.of(BinaryFn.LE);
            case SUB, DIV, MOD, REM, POW, SHL, SHR, ATAN2 -> Optional.empty();
        };
    }

    /// A selection among simple parts.
    static Expr select(Expr condition, Expr yes, Expr no) {
        return switch (condition) {
            case Expr.Const(DType ignored, long bits) -> bits != 0 ? yes : no;
            case Expr.Unary(UnaryFn fn, Expr opposite) when fn == UnaryFn.NOT -> select(opposite, no, yes);
            default -> same(yes, no) ? yes : new Expr.Select(condition, yes, no);
        };
    }

    /// `x` as another type; a cast of a cast is one cast where the first one loses nothing that the second would
    /// keep.
    static Expr cast(DType to, Expr x) {
        DType from = x.dtype();
        boolean rounded = to.computeType() == to || x instanceof Expr.Arg || x instanceof Expr.Cast;
        if (from == to && rounded) {
            return x;
        }
        if (x instanceof Expr.Const) {
            return value(new Expr.Cast(to, x));
        }
        return x instanceof Expr.Cast(DType ignored, Expr y) && skips(y.dtype(), from, to)
                ? cast(to, y)
                : new Expr.Cast(to, x);
    }

    /// Whether a value of type `a` that is cast to `b` and then to `c` can go to `c` at once.
    private static boolean skips(DType a, DType b, DType c) {
        if (b.isFloat()) {
            // an integer would reach 16 bits by way of f32
            return holds(b, a) && (a.isFloat() || c.computeType() == c);
        }
        return holds(b, a) || (b.isInteger() && c.isInteger() && !a.isFloat() && c.bits() <= b.bits());
    }

    /// Whether `wide` has every value that an expression of type `narrow` can have while it is computed.
    private static boolean holds(DType wide, DType narrow) {
        return switch (wide.kind()) {
            case FLOAT ->
                narrow.isFloat()
                        ? wide.computeType() == wide
                                && wide.bytes() >= narrow.computeType().bytes()
                        // not u32: back to a narrower integer, the float saturates as an int
                        : narrow != DType.U32 && narrow.bits() < (wide == DType.F64 ? 53 : wide == DType.F32 ? 24 : 0);
            case SIGNED ->
                !narrow.isFloat() && (narrow.isSigned() ? wide.bits() >= narrow.bits() : wide.bits() > narrow.bits());
            case UNSIGNED -> !narrow.isFloat() && !narrow.isSigned() && wide.bits() >= narrow.bits();
            case BOOL -> narrow == DType.BOOL;
            case STRING, COMPLEX -> false;
        };
    }

    private static Expr bitCast(DType to, Expr x) {
        if (x.dtype() == to && to.computeType() == to) {
            return x;
        }
        Expr result = new Expr.BitCast(to, x);
        return x instanceof Expr.Const ? value(result) : result;
    }

    /// Whether two simple expressions are seen at once to be the same; not a proof that they differ.
    @SuppressWarnings("ReferenceEquality") // equality by structure takes the time of the tree
    static boolean same(Expr a, Expr b) {
        return a == b || (a.operands().isEmpty() && a.equals(b));
    }

    /// The value of an expression of constants, or the expression where it has none.
    private static Expr value(Expr ofConstants) {
        DType type = ofConstants.dtype();
        ScalarProgram program = ScalarProgram.of(ofConstants, Rounding.STRICT);
        Elements[] none = {};
        int[] nowhere = {};
        long[] index = {};
        try {
            return type.isFloat()
                    ? new Expr.Const(type, Double.doubleToRawLongBits(program.asDouble(0, none, nowhere, index, 0)))
                    : new Expr.Const(type, program.asLong(0, none, nowhere, index, 0));
        } catch (ArithmeticException divisionByZero) {
            return ofConstants;
        }
    }
}
