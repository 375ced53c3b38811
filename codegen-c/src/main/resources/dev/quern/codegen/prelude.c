// The functions that generated kernels call, in the words that opencl.h and cuda.h define. Integers of every type
// travel as i64: sign-extended where signed, zero-extended where unsigned, u64 as its bits; bool as an i32.

// ---- f32: the steps of dev.quern.expr.FloatMath, one by one, so that the bits are the same

#define MAGIC 0x1.8p23f
#define LOG2_E 0x1.715476p0f
#define LN2_HIGH 0x1.62e43p-1f
#define LN2_LOW (-0x1.05c610p-29f)
#define EXP_TOP 89.0f
#define EXP_BOTTOM (-104.0f)
#define EXP_2 0x1.fffffcp-2f
#define EXP_3 0x1.555492p-3f
#define EXP_4 0x1.5558acp-5f
#define EXP_5 0x1.12397ap-7f
#define EXP_6 0x1.6a5136p-10f
#define EXPM1_BOTTOM (-18.0f)
#define EXPM1_2 0x1p-1f
#define EXPM1_3 0x1.555554p-3f
#define EXPM1_4 0x1.5554f8p-5f
#define EXPM1_5 0x1.1112dep-7f
#define EXPM1_6 0x1.6d3a32p-10f
#define EXPM1_7 0x1.9e6556p-13f
#define TINY 0x1p-24f
#define SQRT_HALF_BITS 0x3f3504f3
#define LOG_3 0x1.555548p-2f
#define LOG_4 (-0x1.000006p-2f)
#define LOG_5 0x1.99a478p-3f
#define LOG_6 (-0x1.555c4ep-3f)
#define LOG_7 0x1.233b78p-3f
#define LOG_8 (-0x1.fc26acp-4f)
#define LOG_9 0x1.e6c04p-4f
#define LOG_10 (-0x1.de1006p-4f)
#define LOG_11 0x1.1484e2p-4f
#define LOG1P_LARGE 0x1p60f
#define TANH_SPLIT 0.625f
#define TANH_3 (-0x1.555554p-2f)
#define TANH_5 0x1.11107ap-3f
#define TANH_7 (-0x1.b9f18ap-5f)
#define TANH_9 0x1.63a588p-6f
#define TANH_11 (-0x1.0c60b2p-7f)
#define TANH_13 0x1.1a3244p-9f
#define ERF_SPLIT 0.921875f
#define ERF_ONE 4.0f
#define ERF_1 0x1.06eba8p-3f
#define ERF_3 (-0x1.81274p-2f)
#define ERF_5 0x1.ce2d64p-4f
#define ERF_7 (-0x1.b80116p-6f)
#define ERF_9 0x1.5449a2p-8f
#define ERF_11 (-0x1.a60230p-11f)
#define ERF_13 0x1.4f3dfep-14f
#define ERFC_0 (-0x1.6e5714p-13f)
#define ERFC_1 0x1.2127e4p0f
#define ERFC_2 0x1.44460cp-1f
#define ERFC_3 0x1.bb83dap-4f
#define ERFC_4 (-0x1.9b8e3p-6f)
#define ERFC_5 0x1.1159dep-8f
#define ERFC_6 (-0x1.c78bd4p-12f)
#define ERFC_7 0x1.61df2p-16f
#define TRIG_LARGE 65536.0f
#define TWO_OVER_PI 0x1.45f306p-1f
#define HALF_PI_1 0x1.921fb6p0f
#define HALF_PI_2 (-0x1.777a5cp-25f)
#define HALF_PI_3 (-0x1.ee59dap-50f)
#define SIN_3 (-0x1.555556p-3f)
#define SIN_5 0x1.111174p-7f
#define SIN_7 (-0x1.a0595ep-13f)
#define SIN_9 0x1.7c337cp-19f
#define COS_4 0x1.55554ap-5f
#define COS_6 (-0x1.6c0c2ap-10f)
#define COS_8 0x1.99e914p-16f

FN float power_of_two(int e) {
    return F32_OF_BITS((e + 127) << 23);
}

FN float with_sign_of(float x, float magnitude) {
    return F32_OF_BITS(BITS_OF_F32(magnitude) | (BITS_OF_F32(x) & 0x80000000));
}

FN float q_exp(float x) {
    float top = x > EXP_TOP ? EXP_TOP : x;
    float y = top < EXP_BOTTOM ? EXP_BOTTOM : top;
    float shifted = fma(y, LOG2_E, MAGIC);
    float n = shifted - MAGIC;
    float r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, y));
    float p = fma(EXP_6, r, EXP_5);
    p = fma(p, r, EXP_4);
    p = fma(p, r, EXP_3);
    p = fma(p, r, EXP_2);
    p = fma(p, r, 1.0f);
    p = fma(p, r, 1.0f);
    int exponent = BITS_OF_F32(shifted) - BITS_OF_F32(MAGIC);
    int half_exponent = exponent >> 1;
    return p * power_of_two(half_exponent) * power_of_two(exponent - half_exponent);
}

FN float q_expm1(float x) {
    float top = x > EXP_TOP ? EXP_TOP : x;
    float y = top < EXPM1_BOTTOM ? EXPM1_BOTTOM : top;
    float shifted = fma(y, LOG2_E, MAGIC);
    float n = shifted - MAGIC;
    float r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, y));
    float q = fma(EXPM1_7, r, EXPM1_6);
    q = fma(q, r, EXPM1_5);
    q = fma(q, r, EXPM1_4);
    q = fma(q, r, EXPM1_3);
    q = fma(q, r, EXPM1_2);
    float p = fma(r * r, q, r);
    float scale = power_of_two(BITS_OF_F32(shifted) - BITS_OF_F32(MAGIC) - 1);
    float result = 2.0f * fma(scale, p, scale - 0.5f);
    return fabs(x) < TINY ? x : result;
}

FN float log1p_of_mantissa(float f) {
    float q = fma(LOG_11, f, LOG_10);
    q = fma(q, f, LOG_9);
    q = fma(q, f, LOG_8);
    q = fma(q, f, LOG_7);
    q = fma(q, f, LOG_6);
    q = fma(q, f, LOG_5);
    q = fma(q, f, LOG_4);
    q = fma(q, f, LOG_3);
    return fma(f * f, fma(q, f, -0.5f), f);
}

FN float log_tail(float u, float x, float result) {
    float finite = u < F32_OF_BITS(0x7f800000) ? result : x;
    float non_zero = u == 0.0f ? F32_OF_BITS(0xff800000) : finite;
    return u < 0.0f ? F32_OF_BITS(0x7fc00000) : non_zero;
}

FN float q_log(float x) {
    int denormal = x < 0x1p-126f;
    float y = denormal ? x * 0x1p23f : x;
    int bits = BITS_OF_F32(y);
    int k = (bits - SQRT_HALF_BITS) >> 23;
    float f = F32_OF_BITS(bits - (k << 23)) - 1.0f;
    float e = (float) k - (denormal ? 23.0f : 0.0f);
    return log_tail(x, x, fma(e, LN2_HIGH, log1p_of_mantissa(f)));
}

FN float q_log1p(float x) {
    float u = 1.0f + x;
    int bits = BITS_OF_F32(u);
    int k = (bits - SQRT_HALF_BITS) >> 23;
    float mantissa = F32_OF_BITS(bits - (k << 23));
    float scale = power_of_two(-k);
    float exact = fma(x, scale, scale - 1.0f);
    float f = x > LOG1P_LARGE ? mantissa - 1.0f : exact;
    float result = log_tail(u, x, fma((float) k, LN2_HIGH, log1p_of_mantissa(f)));
    return fabs(x) < TINY ? x : result;
}

FN float q_tanh(float x) {
    float a = fabs(x);
    float z = a * a;
    float q = fma(TANH_13, z, TANH_11);
    q = fma(q, z, TANH_9);
    q = fma(q, z, TANH_7);
    q = fma(q, z, TANH_5);
    q = fma(q, z, TANH_3);
    float small = fma(a * z, q, a);
    float large = 1.0f - 2.0f / (q_exp(a + a) + 1.0f);
    return with_sign_of(x, a < TANH_SPLIT ? small : large);
}

FN float q_erf(float x) {
    float a = fabs(x);
    float z = a * a;
    float q = fma(ERF_13, z, ERF_11);
    q = fma(q, z, ERF_9);
    q = fma(q, z, ERF_7);
    q = fma(q, z, ERF_5);
    q = fma(q, z, ERF_3);
    q = fma(q, z, ERF_1);
    float small = fma(a, q, a);
    float y = a > ERF_ONE ? ERF_ONE : a;
    float p = fma(ERFC_7, y, ERFC_6);
    p = fma(p, y, ERFC_5);
    p = fma(p, y, ERFC_4);
    p = fma(p, y, ERFC_3);
    p = fma(p, y, ERFC_2);
    p = fma(p, y, ERFC_1);
    p = fma(p, y, ERFC_0);
    float large = 1.0f - q_exp(-p);
    return with_sign_of(x, a < ERF_SPLIT ? small : large);
}

FN float q_sigmoid(float x) {
    float e = q_exp(-fabs(x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

FN float q_softplus(float x) {
    return (x > 0.0f ? x : 0.0f) + q_log1p(q_exp(-fabs(x)));
}

FN float reduced_sine(float x, int quarters) {
    float shifted = fma(x, TWO_OVER_PI, MAGIC);
    float n = shifted - MAGIC;
    int quadrant = BITS_OF_F32(shifted) + quarters;
    float r = fma(n, -HALF_PI_1, x);
    r = fma(n, -HALF_PI_2, r);
    r = fma(n, -HALF_PI_3, r);
    float z = r * r;
    float s = fma(SIN_9, z, SIN_7);
    s = fma(s, z, SIN_5);
    s = fma(s, z, SIN_3);
    float sine = fma(r * z, s, r);
    float c = fma(COS_8, z, COS_6);
    c = fma(c, z, COS_4);
    float cosine = fma(z * z, c, fma(-0.5f, z, 1.0f));
    float value = (quadrant & 1) == 0 ? sine : cosine;
    return F32_OF_BITS(BITS_OF_F32(value) ^ ((quadrant & 2) << 30));
}

// The rarer functions of f32 are those of f64, rounded; a device without f64 has its own of f32.
#ifdef HAS_F64
#define WIDE double
#else
#define WIDE float
#endif

FN float q_sin(float x) {
    return fabs(x) > TRIG_LARGE ? (float) sin((WIDE) x) : x == 0.0f ? x : reduced_sine(x, 0);
}

FN float q_cos(float x) {
    return fabs(x) > TRIG_LARGE ? (float) cos((WIDE) x) : reduced_sine(x, 1);
}

// As Java: NaN where y is, and of 1 and -1 to an infinite power.
FN float q_pow(float x, float y) {
    return y != y || (fabs(x) == 1.0f && fabs(y) == F32_OF_BITS(0x7f800000)) ? F32_OF_BITS(0x7fc00000)
            : y == 2.0f ? x * x
            : y == 3.0f ? x * x * x
            : y == 0.5f ? sqrt(x)
            : y == -1.0f ? 1.0f / x
            : (float) pow((WIDE) x, (WIDE) y);
}

FN float q_sign(float x) {
    return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x;
}

FN float q_min(float a, float b) {
    return a < b ? a : b < a ? b : a == b ? F32_OF_BITS(BITS_OF_F32(a) | BITS_OF_F32(b)) : a + b;
}

FN float q_max(float a, float b) {
    return a > b ? a : b > a ? b : a == b ? F32_OF_BITS(BITS_OF_F32(a) & BITS_OF_F32(b)) : a + b;
}

FN float q_rem(float a, float b) {
    return fmod(a, b);
}

FN float q_mod(float a, float b) {
    float r = fmod(a, b);
    return r == 0.0f ? with_sign_of(b, 0.0f) : (r < 0.0f) != (b < 0.0f) ? r + b : r;
}

// ---- conversions of floats

FN float f32_of_f16(u16 h) {
    int magnitude = h & 0x7fff;
    int sign = (h & 0x8000) << 16;
    if (magnitude < 0x400) {
        return F32_OF_BITS(BITS_OF_F32((float) magnitude * 0x1p-24f) | sign);
    }
    return F32_OF_BITS((magnitude >= 0x7c00 ? 0x7f800000 | ((magnitude & 0x3ff) << 13) : (magnitude << 13) + 0x38000000) | sign);
}

FN u16 f16_of_f32(float x) {
    int bits = BITS_OF_F32(x);
    int sign = (bits >> 16) & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
        return (u16) (sign | 0x7e00);
    }
    if (magnitude >= 0x477ff000) {
        return (u16) (sign | 0x7c00);
    }
    if (magnitude < 0x38800000) {
        return (u16) (sign | (int) rint(F32_OF_BITS(magnitude) * 0x1p24f));
    }
    int rounded = magnitude + 0xfff + ((magnitude >> 13) & 1) - 0x38000000;
    return (u16) (sign | (rounded >> 13));
}

FN float f32_of_bf16(u16 h) {
    return F32_OF_BITS(((u32) h) << 16);
}

FN u16 bf16_of_f32(float x) {
    int bits = BITS_OF_F32(x);
    return x != x ? (u16) (((u32) bits >> 16) | 0x40) : (u16) ((bits + 0x7fff + (((u32) bits >> 16) & 1)) >> 16);
}

#define round_f16(x) f32_of_f16(f16_of_f32(x))
#define round_bf16(x) f32_of_bf16(bf16_of_f32(x))

FN i32 i32_of_float(float x) {
    return x != x ? 0 : x >= 0x1p31f ? 0x7fffffff : x < -0x1p31f ? (i32) 0x80000000 : (i32) x;
}

FN i64 i64_of_float(float x) {
    return x != x ? 0
            : x >= 0x1p63f ? (i64) 0x7fffffffffffffffUL
            : x < -0x1p63f ? (i64) 0x8000000000000000UL
            : (i64) x;
}

FN i64 u64_of_float(float x) {
    return x >= 0x1p63f ? (i64) ((u64) i64_of_float(x - 0x1p63f) ^ 0x8000000000000000UL) : i64_of_float(x);
}

#ifdef HAS_F64

// ---- f64: the device's own functions

FN double with_sign_of_d(double x, double magnitude) {
    return F64_OF_BITS(BITS_OF_F64(magnitude) | (BITS_OF_F64(x) & 0x8000000000000000UL));
}

FN double q_sigmoid_d(double x) {
    double e = exp(-fabs(x));
    return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

FN double q_softplus_d(double x) {
    return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x)));
}

FN double q_pow_d(double x, double y) {
    return y != y || (fabs(x) == 1.0 && fabs(y) == F64_OF_BITS(0x7ff0000000000000UL))
                    ? F64_OF_BITS(0x7ff8000000000000UL)
            : y == 2.0 ? x * x
            : y == 3.0 ? x * x * x
            : y == 0.5 ? sqrt(x)
            : y == -1.0 ? 1.0 / x
            : pow(x, y);
}

FN double q_sign_d(double x) {
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x;
}

FN double q_min_d(double a, double b) {
    return a < b ? a : b < a ? b : a == b ? F64_OF_BITS(BITS_OF_F64(a) | BITS_OF_F64(b)) : a + b;
}

FN double q_max_d(double a, double b) {
    return a > b ? a : b > a ? b : a == b ? F64_OF_BITS(BITS_OF_F64(a) & BITS_OF_F64(b)) : a + b;
}

FN double q_rem_d(double a, double b) {
    return fmod(a, b);
}

FN double q_mod_d(double a, double b) {
    double r = fmod(a, b);
    return r == 0.0 ? with_sign_of_d(b, 0.0) : (r < 0.0) != (b < 0.0) ? r + b : r;
}

// Rounded to odd, so that rounding once more to 16 bits rounds once (Boldo and Melquiond, 2008).
FN float odd_of_f64(double x) {
    float f = (float) x;
    int bits = BITS_OF_F32(f);
    if ((double) f == x || f != f || (bits & 0x7f800000) == 0x7f800000 || (bits & 1) != 0) {
        return f;
    }
    return F32_OF_BITS(fabs((double) f) > fabs(x) ? bits - 1 : bits + 1);
}

FN i32 i32_of_double(double x) {
    return x != x ? 0 : x >= 0x1p31 ? 0x7fffffff : x <= -0x1p31 ? (i32) 0x80000000 : (i32) x;
}

FN i64 i64_of_double(double x) {
    return x != x ? 0
            : x >= 0x1p63 ? (i64) 0x7fffffffffffffffUL
            : x < -0x1p63 ? (i64) 0x8000000000000000UL
            : (i64) x;
}

FN i64 u64_of_double(double x) {
    return x >= 0x1p63 ? (i64) ((u64) i64_of_double(x - 0x1p63) ^ 0x8000000000000000UL) : i64_of_double(x);
}

#endif

// ---- integers

#define wrap_i2(x) ((i64) ((u64) (x) << 62) >> 62)
#define wrap_i4(x) ((i64) ((u64) (x) << 60) >> 60)
#define wrap_i8(x) ((i64) (i8) (x))
#define wrap_i16(x) ((i64) (i16) (x))
#define wrap_i32(x) ((i64) (i32) (x))
#define wrap_i64(x) ((i64) (x))
#define wrap_u2(x) ((i64) (x) & 3)
#define wrap_u4(x) ((i64) (x) & 15)
#define wrap_u8(x) ((i64) (u8) (x))
#define wrap_u16(x) ((i64) (u16) (x))
#define wrap_u32(x) ((i64) (u32) (x))
#define wrap_u64(x) ((i64) (x))

// What the first failure of a run leaves: its kind, the step, and of an index its axis and value.
#define DIVIDED_BY_ZERO 1
#define INDEX_OUTSIDE 2

FN void fails(GLOBAL i32* status, int step, int kind, int axis, i64 value) {
    if (CAS(status, 0, kind) == 0) {
        status[1] = step;
        status[2] = axis;
        status[3] = (i32) value;
        status[4] = (i32) (value >> 32);
    }
}

FN i64 q_div_s(i64 a, i64 b, GLOBAL i32* status, int step) {
    if (b == 0) {
        fails(status, step, DIVIDED_BY_ZERO, 0, 0);
        return 0;
    }
    return b == -1 ? (i64) (0 - (u64) a) : a / b;
}

FN i64 q_div_u(i64 a, i64 b, GLOBAL i32* status, int step) {
    if (b == 0) {
        fails(status, step, DIVIDED_BY_ZERO, 0, 0);
        return 0;
    }
    return (i64) ((u64) a / (u64) b);
}

FN i64 q_rem_s(i64 a, i64 b, GLOBAL i32* status, int step) {
    if (b == 0) {
        fails(status, step, DIVIDED_BY_ZERO, 0, 0);
        return 0;
    }
    return b == -1 ? 0 : a % b;
}

FN i64 q_rem_u(i64 a, i64 b, GLOBAL i32* status, int step) {
    if (b == 0) {
        fails(status, step, DIVIDED_BY_ZERO, 0, 0);
        return 0;
    }
    return (i64) ((u64) a % (u64) b);
}

FN i64 q_mod_s(i64 a, i64 b, GLOBAL i32* status, int step) {
    i64 r = q_rem_s(a, b, status, step);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

FN i64 power_of(i64 a, i64 n) {
    u64 result = 1;
    u64 square = (u64) a;
    for (u64 rest = (u64) n; rest != 0; rest >>= 1) {
        if ((rest & 1) != 0) {
            result *= square;
        }
        square *= square;
    }
    return (i64) result;
}

FN i64 q_pow_s(i64 a, i64 n, GLOBAL i32* status, int step) {
    if (n >= 0) {
        return power_of(a, n);
    }
    if (a == 0) {
        fails(status, step, DIVIDED_BY_ZERO, 0, 0);
        return 0;
    }
    return a == 1 || (a == -1 && (n & 1) == 0) ? 1 : a == -1 ? -1 : 0;
}

FN i64 q_shl(i64 a, i64 n, int bits) {
    return (u64) n >= (u64) bits ? 0 : (i64) ((u64) a << n);
}

FN i64 q_shr(i64 a, i64 n, int bits) {
    return (u64) n >= (u64) bits ? 0 : (i64) (((u64) a & (0xffffffffffffffffUL >> (64 - bits))) >> n);
}

// Floats of 16 bits come by way of f32.
#define f32_of_s64(x) ((float) (x))
#define f32_of_u64(x) ((float) (u64) (x))
#define f64_of_s64(x) ((double) (x))
#define f64_of_u64(x) ((double) (u64) (x))
