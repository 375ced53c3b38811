package dev.quern.expr;

import static dev.quern.expr.BinaryFn.ADD;
import static dev.quern.expr.BinaryFn.DIV;
import static dev.quern.expr.BinaryFn.MUL;
import static dev.quern.expr.BinaryFn.SUB;

import dev.quern.tensor.Conversion;

/// Equations of binary functions that hold for floats to the bit, NaN, infinities and −0 included.
final class FloatRules {
    private FloatRules() {}

    /// `fn(a, b)`; a constant operand of a commutative function is `b`, and not both are constant.
    static Expr apply(BinaryFn fn, Expr a, Expr b) {
        return switch (fn) {
            case ADD -> sum(a, b);
            case SUB -> difference(a, b);
            case MUL -> product(a, b);
            case DIV -> quotient(a, b);
            case POW -> power(a, b);
            case MIN -> Simplifier.same(a, b) || is(b, Double.POSITIVE_INFINITY) ? a : a.apply(fn, b);
            case MAX -> Simplifier.same(a, b) || is(b, Double.NEGATIVE_INFINITY) ? a : a.apply(fn, b);
            case MOD, REM, AND, OR, XOR, SHL, SHR, ATAN2, LT, LE, GT, GE, EQ, NE -> a.apply(fn, b);
        };
    }

    /// x + −0 = x; a + −b = a − b.
    private static Expr sum(Expr a, Expr b) {
        if (is(b, -0.0)) {
            return a;
        }
        if (b instanceof Expr.Unary(UnaryFn fn, Expr y) && fn == UnaryFn.NEG) {
            return Simplifier.binary(SUB, a, y);
        }
        if (a instanceof Expr.Unary(UnaryFn fn, Expr x) && fn == UnaryFn.NEG) {
            return Simplifier.binary(SUB, b, x);
        }
        return a.plus(b);
    }

    /// x − 0 = x; −0 − x = −x; a − −b = a + b.
    private static Expr difference(Expr a, Expr b) {
        if (is(b, 0.0)) {
            return a;
        }
        if (is(a, -0.0)) {
            return Simplifier.unary(UnaryFn.NEG, b);
        }
        if (b instanceof Expr.Unary(UnaryFn fn, Expr y) && fn == UnaryFn.NEG) {
            return Simplifier.binary(ADD, a, y);
        }
        return a.minus(b);
    }

    /// x · 1 = x; x · −1 = −x; −a · −b = a · b; −a · c = a · −c.
    private static Expr product(Expr a, Expr b) {
        if (is(b, 1)) {
            return a;
        }
        if (is(b, -1)) {
            return Simplifier.unary(UnaryFn.NEG, a);
        }
        if (a instanceof Expr.Unary(UnaryFn fn, Expr x) && fn == UnaryFn.NEG) {
            if (b instanceof Expr.Const c) {
                return Simplifier.binary(MUL, x, c.like(-c.asDouble()));
            }
            if (b instanceof Expr.Unary(UnaryFn other, Expr y) && other == UnaryFn.NEG) {
                return Simplifier.binary(MUL, x, y);
            }
        }
        return a.times(b);
    }

    /// x / 1 = x; x / 2^k = x · 2^−k.
    private static Expr quotient(Expr a, Expr b) {
        if (!(b instanceof Expr.Const c)) {
            return a.dividedBy(b);
        }
        double divisor = c.asDouble();
        double inverse = 1 / divisor;
        boolean powerOfTwo = Math.abs(divisor) == Math.scalb(1.0, Math.getExponent(divisor));
        boolean kept = Double.isFinite(inverse) && Conversion.round(c.dtype().computeType(), inverse) == inverse;
        return powerOfTwo && kept ? product(a, c.like(inverse)) : a.dividedBy(b);
    }

    /// The exponents that [BinaryFn#POW] defines, 1, and 0, which gives 1 even for NaN.
    private static Expr power(Expr a, Expr b) {
        if (is(b, 2)) {
            return product(a, a);
        }
        if (is(b, 3)) {
            return product(product(a, a), a);
        }
        if (is(b, 0.5)) {
            return Simplifier.unary(UnaryFn.SQRT, a);
        }
        if (is(b, -1)) {
            return Simplifier.binary(DIV, a.like(1), a);
        }
        return is(b, 1) ? a : is(b, 0.0) || is(b, -0.0) ? a.like(1) : a.pow(b);
    }

    private static boolean is(Expr e, double value) {
        return e instanceof Expr.Const c && c.is(value);
    }
}
