package dev.quern.reference;

import dev.quern.expr.BinaryFn;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;

/// What running values start from.
final class Identity {
    private Identity() {}

    static double ofFloats(BinaryFn fn) {
        return switch (fn) {
            case ADD -> 0;
            case MUL -> 1;
            case MIN -> Double.POSITIVE_INFINITY;
            case MAX -> Double.NEGATIVE_INFINITY;
            default -> throw none(fn);
        };
    }

    static long ofIntegers(BinaryFn fn, DType dtype) {
        return switch (fn) {
            case ADD, OR -> 0;
            case MUL, AND -> 1;
            case MIN -> dtype.isSigned() ? lowest(dtype) ^ -1L : highest(dtype);
            case MAX -> dtype.isSigned() ? lowest(dtype) : 0;
            default -> throw none(fn);
        };
    }

    private static long lowest(DType signed) {
        return -1L << (signed.bits() - 1);
    }

    /// Of unsigned types and `bool`.
    private static long highest(DType dtype) {
        return dtype == DType.BOOL ? 1 : -1L >>> (64 - dtype.bits());
    }

    private static ShapeException none(BinaryFn fn) {
        return new ShapeException(fn + " has no identity to start from");
    }
}
