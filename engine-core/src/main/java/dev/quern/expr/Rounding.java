package dev.quern.expr;

/// How float expressions are rounded while they are evaluated. Integers are exact either way.
public enum Rounding {
    /// All floats in double throughout, whatever their type; only casts and stores round. The yardstick of tests.
    ORACLE,
    /// What every backend computes, bit for bit on the CPU.
    ///
    /// `f32`, and `f16` and `bf16` that are computed in it, are rounded after each operation; exp, log, tanh, erf,
    /// sin, cos, sigmoid, softplus, expm1 and log1p are those of [FloatMath], POW of `f32` is its pow, all other
    /// functions the `f64` function of the operand, rounded. `f64` is [StrictMath], and [DoubleMath] for what that
    /// lacks.
    STRICT
}
