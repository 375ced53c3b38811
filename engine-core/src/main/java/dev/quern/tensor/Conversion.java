package dev.quern.tensor;

/// What a number of one element type becomes in another: the one table behind casts, constants and stores.
///
/// Integers travel as `long`: sign-extended where signed, zero-extended where unsigned (`u64` as its bits), 0 or 1
/// for `bool`. Floats of every type travel as `double`; those of 8 bits and fewer are described at [DType].
public final class Conversion {
    private Conversion() {}

    /// `value` wrapped to the width of the integer type `to`; `!= 0` for `bool`.
    public static long wrap(DType to, long value) {
        int unused = Long.SIZE - to.bits();
        return switch (to.kind()) {
            case SIGNED -> value << unused >> unused;
            case UNSIGNED -> value << unused >>> unused;
            case BOOL -> value != 0 ? 1 : 0;
            case FLOAT, STRING, COMPLEX -> throw unfit("an integer type", to);
        };
    }

    /// `value` as an integer of type `to`: truncated toward zero, NaN as 0. Out of range it saturates as Java's
    /// cast to `int` (`i32` and everything of 16 bits and fewer) or to `long` (`i64`, `u32`, `u64` up to
    /// 2^64), then wraps. To `bool`, `!= 0`.
    public static long truncate(DType to, double value) {
        return switch (to.kind()) {
            case SIGNED -> to.bits() <= 32 ? wrap(to, (int) value) : (long) value;
            case UNSIGNED ->
                to.bits() < 32
                        ? wrap(to, (int) value)
                        : to == DType.U64 && value >= 0x1p63
                                ? (long) (value - 0x1p63) ^ Long.MIN_VALUE
                                : wrap(to, (long) value);
            case BOOL -> value != 0 ? 1 : 0;
            case FLOAT, STRING, COMPLEX -> throw unfit("an integer type", to);
        };
    }

    /// The value of the float type `to` nearest to `value`, ties to even; rounded once. Past the highest finite
    /// number it is infinity, NaN in a type without infinities, the highest number in a type without either.
    public static double round(DType to, double value) {
        return switch (to) {
            case F64 -> value;
            case F32 -> (float) value;
            default -> ofBits(to, toBits(to, value));
        };
    }

    /// The value of the float type `to` nearest to an integer of type `from`; floats of 16 bits and fewer by way of
    /// `f32`.
    public static double round(DType to, DType from, long value) {
        return to == DType.F64 ? toDouble(from, value) : round(to, toFloat(from, value));
    }

    /// An integer of type `from` as a double, rounded to nearest.
    public static double toDouble(DType from, long value) {
        return from != DType.U64 || value >= 0 ? value : halved(value) * 2.0;
    }

    private static float toFloat(DType from, long value) {
        return from != DType.U64 || value >= 0 ? value : halved(value) * 2.0f;
    }

    /// Half of an unsigned number of 64 bits; the bit that falls off is kept as the last one, so that rounding is
    /// right.
    private static long halved(long unsigned) {
        return (unsigned >>> 1) | (unsigned & 1);
    }

    /// The bits of `value` in the float type `type`, zero-extended; rounded as [#round] says first.
    public static long toBits(DType type, double value) {
        return switch (type) {
            case F64 -> Double.doubleToRawLongBits(value);
            case F32 -> Float.floatToRawIntBits((float) value) & 0xFFFF_FFFFL;
            case F16 -> Float.floatToFloat16(roundToOdd(value)) & 0xFFFF;
            case BF16 -> BFloat16.ofFloat(roundToOdd(value)) & 0xFFFF;
            case F8E8M0 -> PowerOfTwo.ofDouble(value);
            default -> small(type).ofDouble(value);
        };
    }

    /// The value of the float type `type` that has these bits.
    public static double ofBits(DType type, long bits) {
        return switch (type) {
            case F64 -> Double.longBitsToDouble(bits);
            case F32 -> Float.intBitsToFloat((int) bits);
            case F16 -> Float.float16ToFloat((short) bits);
            case BF16 -> BFloat16.toFloat((short) bits);
            case F8E8M0 -> PowerOfTwo.toDouble((int) bits);
            default -> small(type).toFloat((int) bits);
        };
    }

    /// The highest finite number of the float type `type`.
    public static double highest(DType type) {
        return switch (type) {
            case F64 -> Double.MAX_VALUE;
            case F32 -> Float.MAX_VALUE;
            case F16 -> 65504;
            case BF16 -> 0x1.FEp127;
            case F8E8M0 -> 0x1p127;
            default -> small(type).highest();
        };
    }

    private static SmallFloat small(DType type) {
        return switch (type) {
            case F8E4M3FN -> SmallFloat.E4M3FN;
            case F8E4M3FNUZ -> SmallFloat.E4M3FNUZ;
            case F8E5M2 -> SmallFloat.E5M2;
            case F8E5M2FNUZ -> SmallFloat.E5M2FNUZ;
            case F6E2M3 -> SmallFloat.E2M3;
            case F6E3M2 -> SmallFloat.E3M2;
            case F4E2M1 -> SmallFloat.E2M1;
            case F32,
                    F64,
                    F16,
                    BF16,
                    F8E8M0,
                    I2,
                    I4,
                    I8,
                    I16,
                    I32,
                    I64,
                    U2,
                    U4,
                    U8,
                    U16,
                    U32,
                    U64,
                    BOOL,
                    STRING,
                    C64,
                    C128 -> throw unfit("a float type", type);
        };
    }

    /// The float below or above `value` whose last bit is odd where `value` is inexact, so that rounding it once
    /// more to 16 bits equals rounding `value` once (Boldo and Melquiond, 2008).
    static float roundToOdd(double value) {
        float f = (float) value;
        if (f == value || Float.isNaN(f) || Float.isInfinite(f)) {
            return f;
        }
        int bits = Float.floatToRawIntBits(f);
        if ((bits & 1) != 0) {
            return f;
        }
        boolean tooBig = Math.abs((double) f) > Math.abs(value);
        return Float.intBitsToFloat(tooBig ? bits - 1 : bits + 1);
    }

    private static ShapeException unfit(String wanted, DType came) {
        return new ShapeException(wanted + " is needed, not " + came);
    }
}
