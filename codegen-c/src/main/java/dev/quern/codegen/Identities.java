package dev.quern.codegen;

import dev.quern.expr.BinaryFn;
import dev.quern.tensor.DType;

/// What running values start from.
final class Identities {
    private Identities() {}

    static String of(BinaryFn fn, DType computed) {
        if (computed.isFloat()) {
            return CTypes.literal(
                    computed,
                    switch (fn) {
                        case ADD -> 0.0;
                        case MUL -> 1.0;
                        case MIN -> Double.POSITIVE_INFINITY;
                        case MAX -> Double.NEGATIVE_INFINITY;
                        default -> throw none(fn);
                    });
        }
        return CTypes.literal(
                computed,
                switch (fn) {
                    case ADD, OR -> 0L;
                    case MUL, AND -> 1L;
                    case MIN -> computed.isSigned() ? ~lowest(computed) : highest(computed);
                    case MAX -> computed.isSigned() ? lowest(computed) : 0L;
                    default -> throw none(fn);
                });
    }

    private static long lowest(DType signed) {
        return -1L << (signed.bits() - 1);
    }

    /// Of unsigned types and `bool`.
    private static long highest(DType dtype) {
        return dtype == DType.BOOL ? 1 : -1L >>> (64 - dtype.bits());
    }

    private static IllegalArgumentException none(BinaryFn fn) {
        return new IllegalArgumentException(fn + " has no identity to start from");
    }
}
