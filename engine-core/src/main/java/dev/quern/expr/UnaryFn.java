package dev.quern.expr;

import dev.quern.tensor.DType;

/// Functions of one scalar. The result has the operand's type except where noted.
///
/// Float functions with a numerical trap are functions of their own, each with a stable derivative.
public enum UnaryFn {
    /// −x; integers wrap.
    NEG,
    /// |x|; integers wrap at the minimum.
    ABS,
    /// −1, 0 or 1; keeps NaN and −0. Derivative 0.
    SIGN,
    SQRT,
    EXP,
    /// e^x − 1.
    EXPM1,
    LOG,
    /// log(1 + x).
    LOG1P,
    SIN,
    COS,
    TAN,
    ASIN,
    ACOS,
    ATAN,
    SINH,
    COSH,
    TANH,
    ASINH,
    ACOSH,
    ATANH,
    /// The error function.
    ERF,
    /// 1 / (1 + e^−x).
    SIGMOID,
    /// log(1 + e^x), without overflow.
    SOFTPLUS,
    /// Derivative 0.
    FLOOR,
    /// Derivative 0.
    CEIL,
    /// To nearest, ties to even. Derivative 0.
    ROUND,
    /// Toward zero. Derivative 0.
    TRUNC,
    /// Complement: of a `bool`, or of all bits of an integer.
    NOT,
    /// Gives `bool`.
    IS_NAN,
    /// Either infinity; gives `bool`.
    IS_INF,
    /// x, with derivative 0.
    STOP_GRADIENT;

    /// Whether the function is defined for operands of `dtype`; most are for floats only.
    public boolean accepts(DType dtype) {
        return dtype.isFloat()
                ? this != NOT
                : switch (this) {
                    case NEG, ABS, SIGN -> dtype.isInteger();
                    case NOT, STOP_GRADIENT -> !dtype.isHostOnly();
                    default -> false;
                };
    }

    /// Whether the result is `bool` whatever the operand.
    public boolean isPredicate() {
        return this == IS_NAN || this == IS_INF;
    }
}
