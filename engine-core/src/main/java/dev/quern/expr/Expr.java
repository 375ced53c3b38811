package dev.quern.expr;

import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;

/// A typed scalar expression. Built by the methods here; never mutated; equal by structure.
public sealed interface Expr {

    /// The type of the value; `f16` and `bf16` operands are computed in `f32` and rounded when stored or cast.
    DType dtype();

    /// Operand `index` of the loop that evaluates this expression, an element of type `dtype`.
    record Arg(int index, DType dtype) implements Expr {}

    /// A constant; `bits` are the bits of a double for float types, the value itself for integers and `bool`.
    record Const(DType dtype, long bits) implements Expr {
        /// The value of a float constant.
        public double asDouble() {
            return dtype.isFloat() ? Double.longBitsToDouble(bits) : bits;
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
        @Override
        public DType dtype() {
            return fn.isPredicate() ? DType.BOOL : x.dtype();
        }
    }

    record Binary(BinaryFn fn, Expr a, Expr b) implements Expr {
        public Binary {
            requireSame(fn.name(), a, b);
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

    /// Conversion of the value: floats to integers truncate toward zero (out of range saturates as Java's casts do to
    /// 32 and 64 bits, then wraps to narrower widths), integers wrap, to `bool` is `!= 0`, to floats rounds to nearest.
    record Cast(DType dtype, Expr x) implements Expr {}

    /// The same bits under another type of the same width.
    record BitCast(DType dtype, Expr x) implements Expr {
        public BitCast {
            if (dtype.bits() != x.dtype().bits()) {
                throw new ShapeException("a bit cast keeps the width: " + x.dtype() + " to " + dtype);
            }
        }
    }

    static Expr arg(int index, DType dtype) {
        return new Arg(index, dtype);
    }

    static Expr constant(DType dtype, double value) {
        return dtype.isFloat()
                ? new Const(dtype, Double.doubleToRawLongBits(value))
                : new Const(dtype, dtype == DType.BOOL ? (value != 0 ? 1 : 0) : (long) value);
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
