package dev.quern.tensor;

/// Conversions of `f8e8m0`, the scale of microscaling formats: eight bits that are the exponent of a power of two, from
/// 2^−127 to 2^127, with code 255 for NaN. There is no sign, no zero and no infinity.
///
/// Source: OCP Microscaling Formats (MX) Specification 1.0.
final class PowerOfTwo {
    private static final int NAN = 0xFF;
    private static final int BIAS = 127;

    private PowerOfTwo() {}

    static double toDouble(int code) {
        int exponent = code & 0xFF;
        return exponent == NAN ? Double.NaN : Math.scalb(1.0, exponent - BIAS);
    }

    /// The code of the nearest power of two, ties up; the lowest for what is lower, NaN for what is higher, for 0 and
    /// for negative numbers.
    static int ofDouble(double value) {
        if (!(value > 0 && value < 0x1.8p127)) {
            return NAN;
        }
        int exponent = Math.getExponent(value);
        return Math.max(0, exponent + BIAS + (value >= Math.scalb(1.5, exponent) ? 1 : 0));
    }
}
