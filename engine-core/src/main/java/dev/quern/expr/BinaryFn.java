package dev.quern.expr;

import dev.quern.tensor.DType;

/// Functions of two scalars of one type. The result has the operands' type, except that comparisons give `bool`.
public enum BinaryFn {
    /// Integers wrap.
    ADD,
    /// Integers wrap.
    SUB,
    /// Integers wrap.
    MUL,
    /// Integers truncate toward zero; an integer division by zero fails the run; minimum / −1 wraps.
    DIV,
    /// Remainder with the sign of the divisor (Python's `%`, ONNX Mod with fmod=0). Integers fail on zero.
    MOD,
    /// Remainder with the sign of the dividend (C's `fmod`, ONNX Mod with fmod=1).
    REM,
    /// x^y; integers by repeated wrapping multiplication, negative integer exponents truncate (and fail on zero).
    ///
    /// For floats four exponents are defined by rounded elementary operations, so that a constant exponent can be
    /// rewritten without a change of bits: 2 is x·x, 3 is x·x·x, 0.5 is √x, −1 is 1/x.
    POW,
    /// The smaller; NaN if either is NaN; −0 is below +0.
    MIN,
    /// The larger; NaN if either is NaN; +0 is above −0.
    MAX,
    /// Conjunction of `bool`, or of all bits of integers.
    AND,
    /// Disjunction of `bool`, or of all bits of integers.
    OR,
    /// Exclusive or of `bool`, or of all bits of integers.
    XOR,
    /// Shift left; a distance at or above the width gives 0.
    SHL,
    /// Shift right, zeros shifted in (operands are unsigned in ONNX); a distance at or above the width gives 0.
    SHR,
    /// The angle of the point (second, first), as `Math.atan2(a, b)`.
    ATAN2,
    /// Comparisons are false on NaN, except NE; unsigned types compare unsigned.
    LT,
    LE,
    GT,
    GE,
    EQ,
    NE;

    /// Whether the function is defined for operands of `dtype`.
    public boolean accepts(DType dtype) {
        return switch (this) {
            case ADD, SUB, MUL, DIV, MOD, REM, POW -> dtype.isFloat() || dtype.isInteger();
            case AND, OR, XOR -> dtype.isInteger() || dtype == DType.BOOL;
            case SHL, SHR -> dtype.isInteger();
            case ATAN2 -> dtype.isFloat();
            case MIN, MAX, LT, LE, GT, GE, EQ, NE -> !dtype.isHostOnly();
        };
    }

    public boolean isComparison() {
        return compareTo(LT) >= 0;
    }
}
