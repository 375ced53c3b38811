package dev.quern.expr;

import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;

/// Equations of binary functions that hold for integers and `bool`.
final class IntegerRules {
    private IntegerRules() {}

    /// `fn(a, b)`; a constant operand of a commutative function is `b`, and not both are constant.
    static Expr apply(BinaryFn fn, Expr a, Expr b) {
        if (Simplifier.same(a, b)) {
            return ofOne(fn, a);
        }
        if (b instanceof Expr.Const c) {
            return withConstant(fn, a, c);
        }
        if (b instanceof Expr.Unary(UnaryFn inner, Expr y) && inner == UnaryFn.NEG) {
            return switch (fn) {
                case ADD -> Simplifier.binary(BinaryFn.SUB, a, y);
                case SUB -> Simplifier.binary(BinaryFn.ADD, a, y);
                default -> a.apply(fn, b);
            };
        }
        return a.apply(fn, b);
    }

    /// Both operands are `x`.
    private static Expr ofOne(BinaryFn fn, Expr x) {
        return switch (fn) {
            case SUB, XOR -> x.like(0);
            case MIN, MAX, AND, OR -> x;
            case EQ, LE, GE -> Expr.constant(DType.BOOL, 1);
            case NE, LT, GT -> Expr.constant(DType.BOOL, 0);
            case ADD, MUL, DIV, MOD, REM, POW, SHL, SHR, ATAN2 -> x.apply(fn, x);
        };
    }

    private static Expr withConstant(BinaryFn fn, Expr x, Expr.Const c) {
        long value = c.bits();
        boolean ones = value == Conversion.wrap(c.dtype(), -1);
        return switch (fn) {
            case ADD, SUB, SHL, SHR -> value == 0 ? x : x.apply(fn, c);
            case MUL -> value == 0 ? c : value == 1 ? x : x.times(c);
            case DIV -> value == 1 ? x : x.dividedBy(c);
            case MOD, REM -> value == 1 ? x.like(0) : x.apply(fn, c);
            case POW -> value == 0 ? x.like(1) : value == 1 ? x : value == 2 ? x.times(x) : x.pow(c);
            case AND -> value == 0 ? c : ones ? x : x.and(c);
            case OR -> value == 0 ? x : ones ? c : x.or(c);
            case XOR -> value == 0 ? x : ones ? Simplifier.unary(UnaryFn.NOT, x) : x.apply(fn, c);
            case EQ -> c.dtype() != DType.BOOL ? x.eq(c) : value != 0 ? x : Simplifier.unary(UnaryFn.NOT, x);
            case NE -> c.dtype() != DType.BOOL ? x.ne(c) : value == 0 ? x : Simplifier.unary(UnaryFn.NOT, x);
            case MIN, MAX, LT, LE, GT, GE, ATAN2 -> x.apply(fn, c);
        };
    }
}
