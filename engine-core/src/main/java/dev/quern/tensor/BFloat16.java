package dev.quern.tensor;

/// Conversions of the 16-bit brain float: the upper half of an IEEE 754 binary32.
public final class BFloat16 {
    private BFloat16() {}

    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /// Rounds to nearest, ties to even; every NaN stays a NaN.
    public static short ofFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /// Rounds a double once, not by way of float.
    public static short ofDouble(double value) {
        return ofFloat(Conversion.roundToOdd(value));
    }
}
