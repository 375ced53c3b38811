package dev.quern.expr;

import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import java.util.List;

/// A typed scalar expression. Built by the methods here; never mutated; equal by structure.
///
/// Parts may be shared. Comparing or hashing walks the tree, which can be exponentially larger than what is shared in
/// it: make a [StraightLine] where expressions are keys.
public sealed interface Expr {

    /// The type of the value; `f16` and `bf16` operands are computed in `f32` and rounded when stored or cast.
    DType dtype();

    /// Operand `index` of the loop that evaluates this expression, an element of type `dtype`.
    record Arg(int index, DType dtype) implements Expr {}

    /// A constant; `bits` are the bits of a double for float types, the value itself for integers and `bool`.
    ///
    /// The value is rounded to the type it is computed in (`f32` for `f16` and `bf16`), integers are wrapped.
    record Const(DType dtype, long bits) implements Expr {
        public Const {
            bits = dtype.isFloat()
                    ? Double.doubleToRawLongBits(Conversion.round(dtype.computeType(), Double.longBitsToDouble(bits)))
                    : Conversion.wrap(dtype, bits);
        }

        /// The value as a double; rounded for integers past 2^53.
        public double asDouble() {
            return dtype.isFloat() ? Double.longBitsToDouble(bits) : Conversion.toDouble(dtype, bits);
        }

        /// Whether this is the number `value`; −0 is not 0.
        public boolean is(double value) {
            return Double.doubleToLongBits(asDouble()) == Double.doubleToLongBits(value);
        }
    }

    /// The position along `axis` of the iteration space, or the row-major linear position for [#LINEAR]; `i64`.
    record Index(int axis) implements Expr {
        public static final int LINEAR = -1;

        @Override
        public DType dtype() {
            return DType.I64;
        }
    }

    record Unary(UnaryFn fn, Expr x) implements Expr {
        public Unary {
            if (!fn.accepts(x.dtype())) {
                throw new ShapeException(fn + " is not defined for " + x.dtype());
            }
        }

        @Override
        public DType dtype() {
            return fn.isPredicate() ? DType.BOOL : x.dtype();
        }
    }

    record Binary(BinaryFn fn, Expr a, Expr b) implements Expr {
        public Binary {
            requireSame(fn.name(), a, b);
            if (!fn.accepts(a.dtype())) {
                throw new ShapeException(fn + " is not defined for " + a.dtype());
            }
        }

        @Override
        public DType dtype() {
            return fn.isComparison() ? DType.BOOL : a.dtype();
        }
    }

    /// `condition ? yes : no`; both sides are evaluated.
    record Select(Expr condition, Expr yes, Expr no) implements Expr {
        public Select {
            if (condition.dtype() != DType.BOOL) {
                throw new ShapeException("a condition must be bool, not " + condition.dtype());
            }
            requireSame("Select", yes, no);
        }

        @Override
        public DType dtype() {
            return yes.dtype();
        }
    }

    /// Conversion of the value, as [Conversion] says: floats to integers truncate toward zero (out of range
    /// saturates as Java's casts do to 32 and 64 bits, then wraps to narrower widths; NaN is 0), integers wrap, to
    /// `bool` is `!= 0` (true for NaN), to floats rounds to nearest. It rounds to the type it goes to, never to the
    /// one it comes from: an `f16` value that was computed in `f32` goes into a cast unrounded.
    record Cast(DType dtype, Expr x) implements Expr {
        public Cast {
            if (dtype.isHostOnly() || x.dtype().isHostOnly()) {
                throw new ShapeException("there is no conversion from " + x.dtype() + " to " + dtype);
            }
        }
    }

    /// The same bits under another type of the same width.
    record BitCast(DType dtype, Expr x) implements Expr {
        public BitCast {
            if (dtype.bits() != x.dtype().bits()) {
                throw new ShapeException("a bit cast keeps the width: " + x.dtype() + " to " + dtype);
            }
        }
    }

    /// The direct operands, in order.
    default List<Expr> operands() {
        return switch (this) {
            case Arg ignored -> List.of();
            case Const ignored -> List.of();
            case Index ignored -> List.of();
            case Unary(UnaryFn ignored, Expr x) -> List.of(x);
            case Binary(BinaryFn ignored, Expr a, Expr b) -> List.of(a, b);
            case Select(Expr condition, Expr yes, Expr no) -> List.of(condition, yes, no);
            case Cast(DType ignored, Expr x) -> List.of(x);
            case BitCast(DType ignored, Expr x) -> List.of(x);
        };
    }

    /// The same function of other operands, as many as [#operands] has.
    default Expr withOperands(List<Expr> operands) {
        return switch (this) {
            case Arg arg -> arg;
            case Const constant -> constant;
            case Index index -> index;
            case Unary(UnaryFn fn, Expr ignored) -> new Unary(fn, operands.getFirst());
            case Binary(BinaryFn fn, Expr ignored, Expr alsoIgnored) ->
                new Binary(fn, operands.getFirst(), operands.getLast());
            case Select ignored -> new Select(operands.getFirst(), operands.get(1), operands.getLast());
            case Cast(DType to, Expr ignored) -> new Cast(to, operands.getFirst());
            case BitCast(DType to, Expr ignored) -> new BitCast(to, operands.getFirst());
        };
    }

    static Expr arg(int index, DType dtype) {
        return new Arg(index, dtype);
    }

    static Expr constant(DType dtype, double value) {
        return dtype.isFloat()
                ? new Const(dtype, Double.doubleToRawLongBits(value))
                : new Const(dtype, Conversion.truncate(dtype, value));
    }

    static Expr constant(DType dtype, long value) {
        return dtype.isFloat() ? constant(dtype, (double) value) : new Const(dtype, value);
    }

    static Expr index(int axis) {
        return new Index(axis);
    }

    static Expr select(Expr condition, Expr yes, Expr no) {
        return new Select(condition, yes, no);
    }

    default Expr apply(UnaryFn fn) {
        return new Unary(fn, this);
    }

    default Expr apply(BinaryFn fn, Expr other) {
        return new Binary(fn, this, other);
    }

    /// A constant of this expression's type.
    default Expr like(double value) {
        return constant(dtype(), value);
    }

    default Expr plus(Expr other) {
        return apply(BinaryFn.ADD, other);
    }

    default Expr plus(double value) {
        return plus(like(value));
    }

    default Expr minus(Expr other) {
        return apply(BinaryFn.SUB, other);
    }

    default Expr minus(double value) {
        return minus(like(value));
    }

    default Expr times(Expr other) {
        return apply(BinaryFn.MUL, other);
    }

    default Expr times(double value) {
        return times(like(value));
    }

    default Expr dividedBy(Expr other) {
        return apply(BinaryFn.DIV, other);
    }

    default Expr dividedBy(double value) {
        return dividedBy(like(value));
    }

    default Expr pow(Expr other) {
        return apply(BinaryFn.POW, other);
    }

    default Expr min(Expr other) {
        return apply(BinaryFn.MIN, other);
    }

    default Expr max(Expr other) {
        return apply(BinaryFn.MAX, other);
    }

    default Expr min(double value) {
        return min(like(value));
    }

    default Expr max(double value) {
        return max(like(value));
    }

    default Expr lt(Expr other) {
        return apply(BinaryFn.LT, other);
    }

    default Expr le(Expr other) {
        return apply(BinaryFn.LE, other);
    }

    default Expr gt(Expr other) {
        return apply(BinaryFn.GT, other);
    }

    default Expr ge(Expr other) {
        return apply(BinaryFn.GE, other);
    }

    default Expr eq(Expr other) {
        return apply(BinaryFn.EQ, other);
    }

    default Expr ne(Expr other) {
        return apply(BinaryFn.NE, other);
    }

    default Expr lt(double value) {
        return lt(like(value));
    }

    default Expr gt(double value) {
        return gt(like(value));
    }

    default Expr and(Expr other) {
        return apply(BinaryFn.AND, other);
    }

    default Expr or(Expr other) {
        return apply(BinaryFn.OR, other);
    }

    default Expr not() {
        return apply(UnaryFn.NOT);
    }

    default Expr negate() {
        return apply(UnaryFn.NEG);
    }

    default Expr abs() {
        return apply(UnaryFn.ABS);
    }

    default Expr exp() {
        return apply(UnaryFn.EXP);
    }

    default Expr log() {
        return apply(UnaryFn.LOG);
    }

    default Expr sqrt() {
        return apply(UnaryFn.SQRT);
    }

    default Expr tanh() {
        return apply(UnaryFn.TANH);
    }

    default Expr erf() {
        return apply(UnaryFn.ERF);
    }

    default Expr sigmoid() {
        return apply(UnaryFn.SIGMOID);
    }

    default Expr softplus() {
        return apply(UnaryFn.SOFTPLUS);
    }

    default Expr stopGradient() {
        return apply(UnaryFn.STOP_GRADIENT);
    }

    default Expr castTo(DType dtype) {
        return dtype == dtype() ? this : new Cast(dtype, this);
    }

    private static void requireSame(String what, Expr a, Expr b) {
        if (a.dtype() != b.dtype()) {
            throw new ShapeException(what + ": operands must have one type, not " + a.dtype() + " and " + b.dtype());
        }
    }
}
