package dev.quern.testkit;

import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.Random;

/// Seeded data of every element type.
final class Values {
    private static final double[] SPECIAL = {
        0.0,
        -0.0,
        1,
        -1,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -1e-40,
        Float.MAX_VALUE,
        88.7,
        -104.5,
        0.5,
        2,
        1e-8,
        16777217,
        1e30,
        -3.5,
        2.5,
        -0.625
    };

    private final Random random;

    Values(long seed) {
        this.random = new Random(seed);
    }

    /// Numbers of moderate size; integers over the whole range of 8 bits, more for wider types.
    Tensor any(DType dtype, int length) {
        Elements e = Elements.zeros(dtype, length);
        for (int i = 0; i < length; i++) {
            if (dtype.isFloat()) {
                e.set(i, random.nextGaussian());
            } else {
                e.set(i, dtype == DType.BOOL ? random.nextInt(2) : random.nextLong() >> (dtype.bits() <= 16 ? 0 : 20));
            }
        }
        return Tensor.wrap(dtype, e.array(), length);
    }

    /// Floats of all kinds: zeros of both signs, NaN, infinities, denormals, large and small; extremes of
    /// integers.
    Tensor special(DType dtype, int length) {
        Elements e = Elements.zeros(dtype, length);
        for (int i = 0; i < length; i++) {
            if (dtype.isFloat()) {
                e.set(
                        i,
                        i % 3 == 0
                                ? SPECIAL[random.nextInt(SPECIAL.length)]
                                : random.nextGaussian() * Math.pow(10, random.nextInt(9) - 4));
            } else {
                e.set(i, i % 3 == 0 ? Long.MIN_VALUE >> random.nextInt(64) : random.nextLong());
            }
        }
        return Tensor.wrap(dtype, e.array(), length);
    }

    /// Few distinct numbers, so that there are equals; floats with NaN and zeros of both signs among them.
    Tensor repeated(DType dtype, int length) {
        Elements e = Elements.zeros(dtype, length);
        for (int i = 0; i < length; i++) {
            int n = random.nextInt(6);
            if (dtype.isFloat()) {
                e.set(i, n == 5 ? (random.nextInt(8) == 0 ? Double.NaN : -0.0) : n - 2.0);
            } else {
                e.set(i, (long) n - 2);
            }
        }
        return Tensor.wrap(dtype, e.array(), length);
    }

    /// Integers from `low` up to but not including `high`.
    Tensor between(DType dtype, int low, int high, int length) {
        Elements e = Elements.zeros(dtype, length);
        for (int i = 0; i < length; i++) {
            e.set(i, (long) random.nextInt(low, high));
        }
        return Tensor.wrap(dtype, e.array(), length);
    }
}
