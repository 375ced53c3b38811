package dev.quern.expr;

/// The elementary functions of `f32`, as one fixed sequence of additions, multiplications, divisions, fused
/// multiply-adds, integer bit operations and selects each.
///
/// Every one of these steps is exact by IEEE 754 in the interpreter, in compiled code and in a vector lane, so the same
/// sequence written with vectors gives the same bits, and so does every JVM. (`Math.exp` and its like may differ by an
/// ulp between JVMs, and between the interpreter and the compiler in vector form.) Results are NaN for NaN operands,
/// ±0, infinities and denormals are right, and the largest errors over a hundred million floats of every size,
/// in units of the last place of the true value, are:
///
/// | exp | expm1 | log | log1p | tanh | erf | sigmoid | softplus | sin, cos |
/// |---|---|---|---|---|---|---|---|---|
/// | 0.9 | 1.5 | 0.9 | 1.4 | 1.4 | 1.1 | 2.4 | 1.8 | 1.6 |
///
/// Sources: range reduction after W. J. Cody and W. Waite, *Software Manual for the Elementary Functions* (1980);
/// coefficients are minimax fits made for this class. The rarer functions are the double ones of `StrictMath`, rounded.
public final class FloatMath {
    /// 1.5 · 2^23: added to a small float, it leaves the nearest integer in the low bits.
    public static final float MAGIC = 0x1.8p23f;

    public static final float LOG2_E = 0x1.715476p0f;
    public static final float LN2_HIGH = 0x1.62e43p-1f;
    public static final float LN2_LOW = -0x1.05c610p-29f;

    /// Above it e^x is infinite, and below the other it is 0, whatever x.
    public static final float EXP_TOP = 89f;

    public static final float EXP_BOTTOM = -104f;
    public static final float EXP_2 = 0x1.fffffcp-2f;
    public static final float EXP_3 = 0x1.555492p-3f;
    public static final float EXP_4 = 0x1.5558acp-5f;
    public static final float EXP_5 = 0x1.12397ap-7f;
    public static final float EXP_6 = 0x1.6a5136p-10f;

    /// Below it e^x − 1 rounds to −1.
    public static final float EXPM1_BOTTOM = -18f;

    public static final float EXPM1_2 = 0x1p-1f;
    public static final float EXPM1_3 = 0x1.555554p-3f;
    public static final float EXPM1_4 = 0x1.5554f8p-5f;
    public static final float EXPM1_5 = 0x1.1112dep-7f;
    public static final float EXPM1_6 = 0x1.6d3a32p-10f;
    public static final float EXPM1_7 = 0x1.9e6556p-13f;

    /// Below it, in magnitude, x is the nearest float to e^x − 1 and to log(1 + x).
    public static final float TINY = 0x1p-24f;

    /// The bits of √½, the lower end of the mantissa whose logarithm is fitted.
    public static final int SQRT_HALF_BITS = 0x3f3504f3;

    public static final float LOG_3 = 0x1.555548p-2f;
    public static final float LOG_4 = -0x1.000006p-2f;
    public static final float LOG_5 = 0x1.99a478p-3f;
    public static final float LOG_6 = -0x1.555c4ep-3f;
    public static final float LOG_7 = 0x1.233b78p-3f;
    public static final float LOG_8 = -0x1.fc26acp-4f;
    public static final float LOG_9 = 0x1.e6c04p-4f;
    public static final float LOG_10 = -0x1.de1006p-4f;
    public static final float LOG_11 = 0x1.1484e2p-4f;

    /// From here on 1 + x is x.
    public static final float LOG1P_LARGE = 0x1p60f;

    /// Below it, in magnitude, tanh is a polynomial, above it comes from e^2x.
    public static final float TANH_SPLIT = 0.625f;

    public static final float TANH_3 = -0x1.555554p-2f;
    public static final float TANH_5 = 0x1.11107ap-3f;
    public static final float TANH_7 = -0x1.b9f18ap-5f;
    public static final float TANH_9 = 0x1.63a588p-6f;
    public static final float TANH_11 = -0x1.0c60b2p-7f;
    public static final float TANH_13 = 0x1.1a3244p-9f;

    /// Below it, in magnitude, erf is a polynomial, above it 1 − e^−P(x), and from ERF_ONE on it rounds to 1.
    public static final float ERF_SPLIT = 0.921875f;

    public static final float ERF_ONE = 4f;
    public static final float ERF_1 = 0x1.06eba8p-3f;
    public static final float ERF_3 = -0x1.81274p-2f;
    public static final float ERF_5 = 0x1.ce2d64p-4f;
    public static final float ERF_7 = -0x1.b80116p-6f;
    public static final float ERF_9 = 0x1.5449a2p-8f;
    public static final float ERF_11 = -0x1.a60230p-11f;
    public static final float ERF_13 = 0x1.4f3dfep-14f;
    public static final float ERFC_0 = -0x1.6e5714p-13f;
    public static final float ERFC_1 = 0x1.2127e4p0f;
    public static final float ERFC_2 = 0x1.44460cp-1f;
    public static final float ERFC_3 = 0x1.bb83dap-4f;
    public static final float ERFC_4 = -0x1.9b8e3p-6f;
    public static final float ERFC_5 = 0x1.1159dep-8f;
    public static final float ERFC_6 = -0x1.c78bd4p-12f;
    public static final float ERFC_7 = 0x1.61df2p-16f;

    /// Up to this magnitude sine and cosine reduce their operand in float; above, they are `StrictMath`'s.
    public static final float TRIG_LARGE = 65536f;

    public static final float TWO_OVER_PI = 0x1.45f306p-1f;
    public static final float HALF_PI_1 = 0x1.921fb6p0f;
    public static final float HALF_PI_2 = -0x1.777a5cp-25f;
    public static final float HALF_PI_3 = -0x1.ee59dap-50f;
    public static final float SIN_3 = -0x1.555556p-3f;
    public static final float SIN_5 = 0x1.111174p-7f;
    public static final float SIN_7 = -0x1.a0595ep-13f;
    public static final float SIN_9 = 0x1.7c337cp-19f;
    public static final float COS_4 = 0x1.55554ap-5f;
    public static final float COS_6 = -0x1.6c0c2ap-10f;
    public static final float COS_8 = 0x1.99e914p-16f;

    private static final int SIGN = 0x8000_0000;

    private FloatMath() {}

    public static float exp(float x) {
        float top = x > EXP_TOP ? EXP_TOP : x;
        float y = top < EXP_BOTTOM ? EXP_BOTTOM : top;
        float shifted = Math.fma(y, LOG2_E, MAGIC);
        float n = shifted - MAGIC;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, y));
        float p = Math.fma(EXP_6, r, EXP_5);
        p = Math.fma(p, r, EXP_4);
        p = Math.fma(p, r, EXP_3);
        p = Math.fma(p, r, EXP_2);
        p = Math.fma(p, r, 1f);
        p = Math.fma(p, r, 1f);
        // 2^n in two factors, so that a denormal result is rounded once
        int exponent = Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(MAGIC);
        int half = exponent >> 1;
        return p * powerOfTwo(half) * powerOfTwo(exponent - half);
    }

    public static float expm1(float x) {
        float top = x > EXP_TOP ? EXP_TOP : x;
        float y = top < EXPM1_BOTTOM ? EXPM1_BOTTOM : top;
        float shifted = Math.fma(y, LOG2_E, MAGIC);
        float n = shifted - MAGIC;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, y));
        float q = Math.fma(EXPM1_7, r, EXPM1_6);
        q = Math.fma(q, r, EXPM1_5);
        q = Math.fma(q, r, EXPM1_4);
        q = Math.fma(q, r, EXPM1_3);
        q = Math.fma(q, r, EXPM1_2);
        float p = Math.fma(r * r, q, r);
        // 2^n (p + 1) − 1, through 2^(n−1), which is finite
        float half = powerOfTwo(Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(MAGIC) - 1);
        float result = 2f * Math.fma(half, p, half - 0.5f);
        return Math.abs(x) < TINY ? x : result;
    }

    public static float log(float x) {
        boolean denormal = x < Float.MIN_NORMAL;
        float y = denormal ? x * 0x1p23f : x;
        int bits = Float.floatToRawIntBits(y);
        int k = (bits - SQRT_HALF_BITS) >> 23;
        float f = Float.intBitsToFloat(bits - (k << 23)) - 1f;
        float e = (float) k - (denormal ? 23f : 0f);
        return logTail(x, x, Math.fma(e, LN2_HIGH, log1pOfMantissa(f)));
    }

    public static float log1p(float x) {
        float u = 1f + x;
        int bits = Float.floatToRawIntBits(u);
        int k = (bits - SQRT_HALF_BITS) >> 23;
        float mantissa = Float.intBitsToFloat(bits - (k << 23));
        // (1 + x) 2^−k − 1 without the rounding of 1 + x
        float scale = powerOfTwo(-k);
        float exact = Math.fma(x, scale, scale - 1f);
        float f = x > LOG1P_LARGE ? mantissa - 1f : exact;
        float result = logTail(u, x, Math.fma((float) k, LN2_HIGH, log1pOfMantissa(f)));
        return Math.abs(x) < TINY ? x : result;
    }

    public static float tanh(float x) {
        float a = Math.abs(x);
        float z = a * a;
        float q = Math.fma(TANH_13, z, TANH_11);
        q = Math.fma(q, z, TANH_9);
        q = Math.fma(q, z, TANH_7);
        q = Math.fma(q, z, TANH_5);
        q = Math.fma(q, z, TANH_3);
        float small = Math.fma(a * z, q, a);
        float large = 1f - 2f / (exp(a + a) + 1f);
        return withSignOf(x, a < TANH_SPLIT ? small : large);
    }

    /// The error function, 2/√π ∫₀ˣ e^−t² dt.
    public static float erf(float x) {
        float a = Math.abs(x);
        float z = a * a;
        float q = Math.fma(ERF_13, z, ERF_11);
        q = Math.fma(q, z, ERF_9);
        q = Math.fma(q, z, ERF_7);
        q = Math.fma(q, z, ERF_5);
        q = Math.fma(q, z, ERF_3);
        q = Math.fma(q, z, ERF_1);
        float small = Math.fma(a, q, a);
        float y = a > ERF_ONE ? ERF_ONE : a;
        float p = Math.fma(ERFC_7, y, ERFC_6);
        p = Math.fma(p, y, ERFC_5);
        p = Math.fma(p, y, ERFC_4);
        p = Math.fma(p, y, ERFC_3);
        p = Math.fma(p, y, ERFC_2);
        p = Math.fma(p, y, ERFC_1);
        p = Math.fma(p, y, ERFC_0);
        float large = 1f - exp(-p);
        return withSignOf(x, a < ERF_SPLIT ? small : large);
    }

    /// 1 / (1 + e^−x).
    public static float sigmoid(float x) {
        float e = exp(-Math.abs(x));
        return (x < 0f ? e : 1f) / (1f + e);
    }

    /// log(1 + e^x), without overflow.
    public static float softplus(float x) {
        return (x > 0f ? x : 0f) + log1p(exp(-Math.abs(x)));
    }

    public static float sin(float x) {
        return Math.abs(x) > TRIG_LARGE ? (float) StrictMath.sin(x) : x == 0f ? x : reducedSine(x, 0);
    }

    public static float cos(float x) {
        return Math.abs(x) > TRIG_LARGE ? (float) StrictMath.cos(x) : reducedSine(x, 1);
    }

    /// sin(x + quarters · π/2) for magnitudes up to [#TRIG_LARGE].
    private static float reducedSine(float x, int quarters) {
        float shifted = Math.fma(x, TWO_OVER_PI, MAGIC);
        float n = shifted - MAGIC;
        int quadrant = Float.floatToRawIntBits(shifted) + quarters;
        float r = Math.fma(n, -HALF_PI_1, x);
        r = Math.fma(n, -HALF_PI_2, r);
        r = Math.fma(n, -HALF_PI_3, r);
        float z = r * r;
        float s = Math.fma(SIN_9, z, SIN_7);
        s = Math.fma(s, z, SIN_5);
        s = Math.fma(s, z, SIN_3);
        float sine = Math.fma(r * z, s, r);
        float c = Math.fma(COS_8, z, COS_6);
        c = Math.fma(c, z, COS_4);
        float cosine = Math.fma(z * z, c, Math.fma(-0.5f, z, 1f));
        float value = (quadrant & 1) == 0 ? sine : cosine;
        return Float.intBitsToFloat(Float.floatToRawIntBits(value) ^ ((quadrant & 2) << 30));
    }

    public static float tan(float x) {
        return (float) StrictMath.tan(x);
    }

    public static float asin(float x) {
        return (float) StrictMath.asin(x);
    }

    public static float acos(float x) {
        return (float) StrictMath.acos(x);
    }

    public static float atan(float x) {
        return (float) StrictMath.atan(x);
    }

    public static float sinh(float x) {
        return (float) StrictMath.sinh(x);
    }

    public static float cosh(float x) {
        return (float) StrictMath.cosh(x);
    }

    public static float asinh(float x) {
        return (float) DoubleMath.asinh(x);
    }

    public static float acosh(float x) {
        return (float) DoubleMath.acosh(x);
    }

    public static float atanh(float x) {
        return (float) DoubleMath.atanh(x);
    }

    /// x^y, where four exponents mean elementary operations, as [BinaryFn#POW] says.
    public static float pow(float x, float y) {
        return y == 3 ? x * x * x : (float) DoubleMath.pow(x, y);
    }

    /// The remainder of a / b with the sign of b.
    public static float modulo(float a, float b) {
        return (float) DoubleMath.modulo(a, b);
    }

    public static float atan2(float y, float x) {
        return (float) StrictMath.atan2(y, x);
    }

    /// log(1 + f) for a mantissa 1 + f between √½ and √2.
    private static float log1pOfMantissa(float f) {
        float q = Math.fma(LOG_11, f, LOG_10);
        q = Math.fma(q, f, LOG_9);
        q = Math.fma(q, f, LOG_8);
        q = Math.fma(q, f, LOG_7);
        q = Math.fma(q, f, LOG_6);
        q = Math.fma(q, f, LOG_5);
        q = Math.fma(q, f, LOG_4);
        q = Math.fma(q, f, LOG_3);
        return Math.fma(f * f, Math.fma(q, f, -0.5f), f);
    }

    /// The logarithm of `u` outside (0, ∞), else `result`; `x` is the operand whose infinity or NaN is kept.
    private static float logTail(float u, float x, float result) {
        float finite = u < Float.POSITIVE_INFINITY ? result : x;
        float nonZero = u == 0f ? Float.NEGATIVE_INFINITY : finite;
        return u < 0f ? Float.NaN : nonZero;
    }

    private static float powerOfTwo(int exponent) {
        return Float.intBitsToFloat((exponent + 127) << 23);
    }

    private static float withSignOf(float x, float magnitude) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(magnitude) | (Float.floatToRawIntBits(x) & SIGN));
    }
}
