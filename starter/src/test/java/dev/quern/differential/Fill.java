package dev.quern.differential;

import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.Random;

/// The numbers that an operand may hold.
enum Fill {
    /// Everything, with infinities, NaN, zeros of both signs and the ends of the integer ranges now and then.
    ANY,
    /// Floats without infinities and NaN, of at most 100; integers of at most 100.
    FINITE,
    /// As FINITE, but no two elements are equal (in small tensors) and none is NaN: for what sorts and selects.
    DISTINCT,
    /// Floats from 0.1 on, integers from 1 on.
    POSITIVE,
    /// Not 0 and, for integers, not −1 either: the smallest integer divided by −1 ends the process in ONNX
    /// Runtime.
    DIVISOR,
    /// From −1 to 1.
    UNIT;

    private static final double[] SPECIAL = {
        0, -0.0, 1, -1, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, 1e-40, -1e30, 1e30, 0.5, -2.5
    };

    boolean admits(Tensor t) {
        if (t.dtype() == DType.STRING) {
            return true;
        }
        for (int i = 0; i < t.length(); i++) {
            if (!admits(t.dtype(), t.getDouble(i))) {
                return false;
            }
        }
        return this != DISTINCT;
    }

    private boolean admits(DType dtype, double v) {
        return switch (this) {
            case ANY -> true;
            case FINITE, DISTINCT -> Math.abs(v) <= 100;
            case POSITIVE -> v >= (dtype.isFloat() ? 0.1 : 1) && v <= 100;
            case DIVISOR -> v != 0 && v != -1;
            case UNIT -> Math.abs(v) <= 1;
        };
    }

    Tensor draw(Random random, DType dtype, long... extents) {
        Tensor t = Tensor.zeros(dtype, extents);
        boolean special = this == ANY && random.nextInt(6) == 0;
        for (int i = 0; i < t.length(); i++) {
            fill(t, i, random, special && random.nextInt(4) == 0);
        }
        return t;
    }

    private void fill(Tensor t, int i, Random random, boolean special) {
        Elements e = t.elements();
        if (t.dtype() == DType.STRING) {
            e.set(i, String.valueOf((char) ('a' + random.nextInt(5))));
        } else if (t.dtype() == DType.BOOL) {
            e.set(i, (long) random.nextInt(2));
        } else if (t.dtype().isFloat()) {
            e.set(i, special ? SPECIAL[random.nextInt(SPECIAL.length)] : real(random, i));
        } else {
            e.set(i, special ? extreme(t.dtype(), random) : integer(t.dtype(), random, i));
        }
    }

    private double real(Random random, int i) {
        return switch (this) {
            // Quarters are exact in every type, so that equal elements and halves occur.
            case ANY, FINITE ->
                random.nextInt(4) == 0 ? random.nextInt(-12, 13) / 4.0 : Math.clamp(2 * random.nextGaussian(), -50, 50);
            case DISTINCT -> (i * 37 % 101 - 50) / 8.0;
            case POSITIVE -> 0.125 + 4 * random.nextDouble();
            case DIVISOR -> (random.nextBoolean() ? 1 : -1) * (0.25 + 3 * random.nextDouble());
            case UNIT -> 2 * random.nextDouble() - 1;
        };
    }

    private long integer(DType dtype, Random random, int i) {
        long least = dtype.isSigned() ? -10 : 0;
        return switch (this) {
            case ANY, FINITE -> random.nextLong(least, 11);
            case DISTINCT -> i * 37 % 101 + (dtype.isSigned() ? -50 : 0);
            case POSITIVE -> 1 + random.nextInt(9);
            case DIVISOR -> dtype.isSigned() && random.nextBoolean() ? -2 - random.nextInt(7) : 1 + random.nextInt(9);
            case UNIT -> random.nextInt(2);
        };
    }

    private static long extreme(DType dtype, Random random) {
        long most =
                dtype.bits() == 64 && dtype.isUnsigned() ? -1 : (1L << (dtype.bits() - (dtype.isSigned() ? 1 : 0))) - 1;
        long least = dtype.isSigned() ? -most - 1 : 0;
        return random.nextBoolean() ? most : least;
    }
}
