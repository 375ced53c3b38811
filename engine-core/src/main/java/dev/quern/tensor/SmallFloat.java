package dev.quern.tensor;

/// Conversions of floats of 8, 6 and 4 bits with a sign bit: exponent and mantissa as in IEEE 754, subnormals included.
///
/// `E4M3FN` and `E5M2` are those of "FP8 Formats for Deep Learning" (Micikevicius et al., 2022), the `FNUZ` ones those
/// of "8-bit Numerical Formats for Deep Neural Networks" (Noune et al., 2022), the narrower ones those of the OCP
/// Microscaling specification. They differ in what codes mean beside finite numbers.
final class SmallFloat {
    static final SmallFloat E4M3FN = new SmallFloat(4, 3, 7, Rest.NAN);
    static final SmallFloat E4M3FNUZ = new SmallFloat(4, 3, 8, Rest.ONE_NAN);
    static final SmallFloat E5M2 = new SmallFloat(5, 2, 15, Rest.INFINITY_AND_NAN);
    static final SmallFloat E5M2FNUZ = new SmallFloat(5, 2, 16, Rest.ONE_NAN);
    static final SmallFloat E2M3 = new SmallFloat(2, 3, 1, Rest.NOTHING);
    static final SmallFloat E3M2 = new SmallFloat(3, 2, 3, Rest.NOTHING);
    static final SmallFloat E2M1 = new SmallFloat(2, 1, 1, Rest.NOTHING);

    /// What a type has beside finite numbers.
    private enum Rest {
        /// The highest exponent, as in IEEE 754.
        INFINITY_AND_NAN,
        /// The highest code of either sign is NaN; no infinities.
        NAN,
        /// The code of −0 is NaN; no infinities and no −0.
        ONE_NAN,
        /// All codes are finite numbers.
        NOTHING
    }

    private final int mantissaBits;
    private final int lowestExponent;
    private final Rest rest;
    private final int sign;
    private final int highest;
    private final float[] values;

    private SmallFloat(int exponentBits, int mantissaBits, int bias, Rest rest) {
        this.mantissaBits = mantissaBits;
        this.lowestExponent = 1 - bias;
        this.rest = rest;
        sign = 1 << (exponentBits + mantissaBits);
        highest = switch (rest) {
            case INFINITY_AND_NAN -> sign - 1 - (1 << mantissaBits);
            case NAN -> sign - 2;
            case ONE_NAN, NOTHING -> sign - 1;
        };
        values = new float[2 * sign];
        for (int code = 0; code < values.length; code++) {
            values[code] = value(code);
        }
    }

    private float value(int code) {
        if (rest == Rest.ONE_NAN && code == sign) {
            return Float.NaN;
        }
        int magnitude = code & (sign - 1);
        boolean negative = (code & sign) != 0;
        if (magnitude > highest) {
            // of NaNs the sign is kept, so that what is only moved stays as it was
            boolean infinite = rest == Rest.INFINITY_AND_NAN && magnitude == highest + 1;
            int bits = infinite ? 0x7F80_0000 : 0x7FC0_0000;
            return Float.intBitsToFloat(negative ? bits | Integer.MIN_VALUE : bits);
        }
        int exponent = magnitude >> mantissaBits;
        int mantissa = magnitude & ((1 << mantissaBits) - 1);
        float value = exponent == 0
                ? Math.scalb((float) mantissa, lowestExponent - mantissaBits)
                : Math.scalb((float) (mantissa + (1 << mantissaBits)), lowestExponent + exponent - 1 - mantissaBits);
        return negative ? -value : value;
    }

    /// The number that a code means; bits above the type's own are not looked at.
    float toFloat(int code) {
        return values[code & (values.length - 1)];
    }

    /// The highest finite number.
    float highest() {
        return values[highest];
    }

    /// The code of the nearest number, ties to even; rounded once.
    ///
    /// Past the highest number it is infinity or else NaN, in a type that has neither the highest number. NaN is 0
    /// there.
    int ofDouble(double value) {
        int negative = Double.doubleToRawLongBits(value) < 0 ? sign : 0;
        if (Double.isNaN(value)) {
            return nan(negative);
        }
        double magnitude = Math.abs(value);
        if (Double.isInfinite(magnitude)) {
            return overflow(negative);
        }
        int exponent = Math.max(Math.getExponent(magnitude), lowestExponent);
        int steps = (int) Math.rint(Math.scalb(magnitude, mantissaBits - exponent));
        // a carry out of the mantissa goes into the exponent, where it belongs
        long code = ((long) (exponent - lowestExponent) << mantissaBits) + steps;
        if (code > highest) {
            return overflow(negative);
        }
        return code == 0 && rest == Rest.ONE_NAN ? 0 : (int) code | negative;
    }

    private int nan(int negative) {
        return switch (rest) {
            case INFINITY_AND_NAN -> (highest + 1 + (1 << (mantissaBits - 1))) | negative;
            case NAN -> (highest + 1) | negative;
            case ONE_NAN -> sign;
            case NOTHING -> 0;
        };
    }

    private int overflow(int negative) {
        return switch (rest) {
            case INFINITY_AND_NAN -> (highest + 1) | negative;
            case NAN, ONE_NAN -> nan(negative);
            case NOTHING -> highest | negative;
        };
    }
}
