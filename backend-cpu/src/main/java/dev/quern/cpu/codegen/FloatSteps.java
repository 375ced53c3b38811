package dev.quern.cpu.codegen;

import static dev.quern.expr.FloatMath.*;

import dev.quern.cpu.codegen.LaneOp.Kind;

/// The functions of [dev.quern.expr.FloatMath] step by step as operations on lanes: the same steps, so the same bits.
final class FloatSteps {
    private static final int SIGN = 0x8000_0000;
    private static final int MAGIC_BITS = Float.floatToRawIntBits(MAGIC);
    private static final int EXPONENT_BIAS = 127;
    private static final int MANTISSA_BITS = 23;

    private final LaneCode c;

    FloatSteps(LaneCode code) {
        this.c = code;
    }

    private int k(float value) {
        return c.constant(value);
    }

    /// `a₀ xⁿ + a₁ xⁿ⁻¹ + …` by Horner's rule.
    private int polynomial(int x, float... coefficients) {
        int sum = k(coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            sum = c.fma(sum, x, k(coefficients[i]));
        }
        return sum;
    }

    private int clamp(int x, float bottom, float top) {
        int below = c.select(c.greater(x, k(top)), k(top), x);
        return c.select(c.less(below, k(bottom)), k(bottom), below);
    }

    private int powerOfTwo(int exponent) {
        return c.ofBits(c.shift(Kind.SHIFT_LEFT, c.plus(exponent, c.constant(EXPONENT_BIAS)), MANTISSA_BITS));
    }

    private int withSignOf(int x, int magnitude) {
        return c.ofBits(c.or(c.bits(magnitude), c.and(c.bits(x), c.constant(SIGN))));
    }

    /// x less the nearest multiple of log 2.
    private int exponentRest(int x, int n) {
        return c.fma(n, k(-LN2_LOW), c.fma(n, k(-LN2_HIGH), x));
    }

    int exp(int x) {
        int y = clamp(x, EXP_BOTTOM, EXP_TOP);
        int shifted = c.fma(y, k(LOG2_E), k(MAGIC));
        int r = exponentRest(y, c.minus(shifted, k(MAGIC)));
        int p = polynomial(r, EXP_6, EXP_5, EXP_4, EXP_3, EXP_2, 1f, 1f);
        int exponent = c.minus(c.bits(shifted), c.constant(MAGIC_BITS));
        int half = c.shift(Kind.SHIFT_RIGHT, exponent, 1);
        return c.times(c.times(p, powerOfTwo(half)), powerOfTwo(c.minus(exponent, half)));
    }

    int expm1(int x) {
        int y = clamp(x, EXPM1_BOTTOM, EXP_TOP);
        int shifted = c.fma(y, k(LOG2_E), k(MAGIC));
        int r = exponentRest(y, c.minus(shifted, k(MAGIC)));
        int q = polynomial(r, EXPM1_7, EXPM1_6, EXPM1_5, EXPM1_4, EXPM1_3, EXPM1_2);
        int p = c.fma(c.times(r, r), q, r);
        int exponent = c.minus(c.bits(shifted), c.constant(MAGIC_BITS));
        int half = powerOfTwo(c.minus(exponent, c.constant(1)));
        int result = c.times(k(2f), c.fma(half, p, c.minus(half, k(0.5f))));
        return c.select(c.less(c.abs(x), k(TINY)), x, result);
    }

    int log(int x) {
        int denormal = c.less(x, k(Float.MIN_NORMAL));
        int y = c.select(denormal, c.times(x, k(0x1p23f)), x);
        int bits = c.bits(y);
        int k = mantissaExponent(bits);
        int f = c.minus(mantissa(bits, k), k(1f));
        int e = c.minus(c.convert(Lane.FLOAT, k), c.select(denormal, k(23f), k(0f)));
        return logTail(x, x, c.fma(e, k(LN2_HIGH), log1pOfMantissa(f)));
    }

    int log1p(int x) {
        int u = c.plus(k(1f), x);
        int bits = c.bits(u);
        int k = mantissaExponent(bits);
        int scale = powerOfTwo(c.negate(k));
        int exact = c.fma(x, scale, c.minus(scale, k(1f)));
        int f = c.select(c.greater(x, k(LOG1P_LARGE)), c.minus(mantissa(bits, k), k(1f)), exact);
        int result = logTail(u, x, c.fma(c.convert(Lane.FLOAT, k), k(LN2_HIGH), log1pOfMantissa(f)));
        return c.select(c.less(c.abs(x), k(TINY)), x, result);
    }

    private int mantissaExponent(int bits) {
        return c.shift(Kind.SHIFT_RIGHT, c.minus(bits, c.constant(SQRT_HALF_BITS)), MANTISSA_BITS);
    }

    private int mantissa(int bits, int exponent) {
        return c.ofBits(c.minus(bits, c.shift(Kind.SHIFT_LEFT, exponent, MANTISSA_BITS)));
    }

    private int log1pOfMantissa(int f) {
        int q = polynomial(f, LOG_11, LOG_10, LOG_9, LOG_8, LOG_7, LOG_6, LOG_5, LOG_4, LOG_3);
        return c.fma(c.times(f, f), c.fma(q, f, k(-0.5f)), f);
    }

    private int logTail(int u, int x, int result) {
        int finite = c.select(c.less(u, k(Float.POSITIVE_INFINITY)), result, x);
        int nonZero = c.select(c.compare(Kind.EQ, u, k(0f)), k(Float.NEGATIVE_INFINITY), finite);
        return c.select(c.less(u, k(0f)), k(Float.NaN), nonZero);
    }

    int tanh(int x) {
        int a = c.abs(x);
        int z = c.times(a, a);
        int q = polynomial(z, TANH_13, TANH_11, TANH_9, TANH_7, TANH_5, TANH_3);
        int small = c.fma(c.times(a, z), q, a);
        int large = c.minus(k(1f), c.over(k(2f), c.plus(exp(c.plus(a, a)), k(1f))));
        return withSignOf(x, c.select(c.less(a, k(TANH_SPLIT)), small, large));
    }

    int erf(int x) {
        int a = c.abs(x);
        int z = c.times(a, a);
        int q = polynomial(z, ERF_13, ERF_11, ERF_9, ERF_7, ERF_5, ERF_3, ERF_1);
        int small = c.fma(a, q, a);
        int y = c.select(c.greater(a, k(ERF_ONE)), k(ERF_ONE), a);
        int p = polynomial(y, ERFC_7, ERFC_6, ERFC_5, ERFC_4, ERFC_3, ERFC_2, ERFC_1, ERFC_0);
        int large = c.minus(k(1f), exp(c.negate(p)));
        return withSignOf(x, c.select(c.less(a, k(ERF_SPLIT)), small, large));
    }

    int sigmoid(int x) {
        int e = exp(c.negate(c.abs(x)));
        return c.over(c.select(c.less(x, k(0f)), e, k(1f)), c.plus(k(1f), e));
    }

    int softplus(int x) {
        int positive = c.select(c.greater(x, k(0f)), x, k(0f));
        return c.plus(positive, log1p(exp(c.negate(c.abs(x)))));
    }

    int sin(int x) {
        int value = c.select(c.compare(Kind.EQ, x, k(0f)), x, reducedSine(x, 0));
        return c.rare(Kind.RARE_SINE, value, x, c.greater(c.abs(x), k(TRIG_LARGE)));
    }

    int cos(int x) {
        return c.rare(Kind.RARE_COSINE, reducedSine(x, 1), x, c.greater(c.abs(x), k(TRIG_LARGE)));
    }

    private int reducedSine(int x, int quarters) {
        int shifted = c.fma(x, k(TWO_OVER_PI), k(MAGIC));
        int n = c.minus(shifted, k(MAGIC));
        int quadrant = c.plus(c.bits(shifted), c.constant(quarters));
        int r = c.fma(n, k(-HALF_PI_1), x);
        r = c.fma(n, k(-HALF_PI_2), r);
        r = c.fma(n, k(-HALF_PI_3), r);
        int z = c.times(r, r);
        int sine = c.fma(c.times(r, z), polynomial(z, SIN_9, SIN_7, SIN_5, SIN_3), r);
        int cosine = c.fma(c.times(z, z), polynomial(z, COS_8, COS_6, COS_4), c.fma(k(-0.5f), z, k(1f)));
        int even = c.compare(Kind.EQ, c.and(quadrant, c.constant(1)), c.constant(0));
        int value = c.select(even, sine, cosine);
        int flip = c.shift(Kind.SHIFT_LEFT, c.and(quadrant, c.constant(2)), 30);
        return c.ofBits(c.apply(Kind.XOR, c.bits(value), flip));
    }
}
