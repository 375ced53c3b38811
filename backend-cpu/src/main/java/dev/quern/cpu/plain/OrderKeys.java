package dev.quern.cpu.plain;

/// Integers in the order of the floating-point numbers that they stand for: −0 and 0 share one, and NaN comes last.
public final class OrderKeys {
    /// Above every number, below NaN: that of positive infinity.
    public static final long TOP = of(Double.POSITIVE_INFINITY);

    private OrderKeys() {}

    public static long of(double x) {
        long bits = Double.doubleToLongBits(x + 0.0);
        return bits ^ ((bits >> 63) & Long.MAX_VALUE);
    }

    public static int of(float x) {
        int bits = Float.floatToIntBits(x + 0.0f);
        return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }

    /// The key of the largest `float` that is not above the number of `key`; below all of them where there is none.
    public static int floor(long key) {
        if (key == -1) {
            return -1; // what −0 would have had: below 0, above all that is negative
        }
        double x = Double.longBitsToDouble(key ^ ((key >> 63) & Long.MAX_VALUE));
        if (Double.isNaN(x)) {
            return key < 0 ? of(Float.NEGATIVE_INFINITY) - 1 : of(Float.NaN);
        }
        float f = (float) x;
        return of(f > x ? Math.nextDown(f) : f);
    }
}
