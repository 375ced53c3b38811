package dev.quern.expr;

import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;

/// Integer arithmetic that Java's operators do not give directly, for every width and signedness.
///
/// Operands and results are `long` in the form of [Conversion]: sign-extended where signed, zero-extended where
/// unsigned (`u64` as its bits). ADD, SUB, MUL and the like are Java's on `long`, followed by [Conversion#wrap].
public final class IntegerMath {
    private IntegerMath() {}

    /// a / b, truncated toward zero; the minimum divided by −1 wraps.
    ///
    /// @throws ArithmeticException where `b` is 0
    public static long divide(DType type, long a, long b) {
        requireDivisor(b);
        return Conversion.wrap(type, type == DType.U64 ? Long.divideUnsigned(a, b) : a / b);
    }

    /// The remainder of [#divide], with the sign of `a`.
    ///
    /// @throws ArithmeticException where `b` is 0
    public static long remainder(DType type, long a, long b) {
        requireDivisor(b);
        return type == DType.U64 ? Long.remainderUnsigned(a, b) : a % b;
    }

    /// The remainder with the sign of `b`.
    ///
    /// @throws ArithmeticException where `b` is 0
    public static long modulo(DType type, long a, long b) {
        requireDivisor(b);
        return type == DType.U64 ? Long.remainderUnsigned(a, b) : Math.floorMod(a, b);
    }

    /// a to the power of `n`, wrapping; a negative exponent gives 1/a^−n, truncated.
    ///
    /// @throws ArithmeticException where `a` is 0 and `n` negative
    public static long power(DType type, long a, long n) {
        if (n < 0 && type != DType.U64) {
            requireDivisor(a);
            return a == 1 || (a == -1 && (n & 1) == 0) ? 1 : a == -1 ? -1 : 0;
        }
        long result = 1;
        long square = a;
        for (long rest = n; rest != 0; rest >>>= 1) {
            if ((rest & 1) != 0) {
                result *= square;
            }
            square *= square;
        }
        return Conversion.wrap(type, result);
    }

    /// a shifted left by `distance` bits; 0 from the width of the type on (a negative distance counts as large).
    public static long shiftLeft(DType type, long a, long distance) {
        return Long.compareUnsigned(distance, type.bits()) >= 0 ? 0 : Conversion.wrap(type, a << distance);
    }

    /// a shifted right by `distance` bits, zeros coming in, also for signed types; 0 from the width of the type on.
    public static long shiftRight(DType type, long a, long distance) {
        long mask = -1L >>> (64 - type.bits());
        return Long.compareUnsigned(distance, type.bits()) >= 0 ? 0 : Conversion.wrap(type, (a & mask) >>> distance);
    }

    /// The order of two values: negative, 0 or positive.
    public static int compare(DType type, long a, long b) {
        return type == DType.U64 ? Long.compareUnsigned(a, b) : Long.compare(a, b);
    }

    private static void requireDivisor(long b) {
        if (b == 0) {
            throw new ArithmeticException("integer division by zero");
        }
    }
}
