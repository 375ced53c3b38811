package dev.quern.testkit;

import dev.quern.expr.BinaryFn;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;

/// Arithmetic on single numbers: `Float` for `f32` and what is computed in it, `Double` for `f64`, `Long` for
/// integers.
final class Num {
    private Num() {}

    static Number read(Elements from, int i) {
        return switch (from.dtype().computeType()) {
            case F32 -> (float) from.getDouble(i);
            case F64 -> from.getDouble(i);
            default -> from.getLong(i);
        };
    }

    static void store(Number value, Elements to, int i) {
        if (value instanceof Long n) {
            to.set(i, n.longValue());
        } else {
            to.set(i, value.doubleValue());
        }
    }

    /// `value`, an integer or float, in the type `to`.
    static Number convert(Number value, DType to) {
        return switch (to) {
            case F32 -> value.floatValue();
            case F64 -> value.doubleValue();
            default -> Conversion.wrap(to, value.longValue());
        };
    }

    static Number fma(Number a, Number b, Number sum, DType type) {
        if (a instanceof Float x && b instanceof Float y && sum instanceof Float z) {
            return Math.fma(x, y, z);
        }
        if (a instanceof Double x && b instanceof Double y && sum instanceof Double z) {
            return Math.fma(x, y, z);
        }
        return apply(BinaryFn.ADD, apply(BinaryFn.MUL, a, b, type), sum, type);
    }

    static Number apply(BinaryFn fn, Number a, Number b, DType type) {
        if (a instanceof Float x && b instanceof Float y) {
            return switch (fn) {
                case ADD -> x + y;
                case SUB -> x - y;
                case MUL -> x * y;
                case DIV -> x / y;
                case MIN -> Math.min(x, y);
                case MAX -> Math.max(x, y);
                default -> throw new AssertionError(fn);
            };
        }
        if (a instanceof Double x && b instanceof Double y) {
            return switch (fn) {
                case ADD -> x + y;
                case SUB -> x - y;
                case MUL -> x * y;
                case DIV -> x / y;
                case MIN -> Math.min(x, y);
                case MAX -> Math.max(x, y);
                default -> throw new AssertionError(fn);
            };
        }
        long x = (Long) a;
        long y = (Long) b;
        boolean less = order(a, b, type) < 0;
        return Conversion.wrap(
                type,
                switch (fn) {
                    case ADD -> x + y;
                    case SUB -> x - y;
                    case MUL -> x * y;
                    case DIV -> type == DType.U64 ? Long.divideUnsigned(x, y) : x / y;
                    case MIN -> less ? x : y;
                    case MAX -> less ? y : x;
                    case AND -> x & y;
                    case OR -> x | y;
                    default -> throw new AssertionError(fn);
                });
    }

    /// How two numbers compare, −0 being 0 and NaN the largest.
    static int order(Number a, Number b, DType type) {
        if (a instanceof Long x && b instanceof Long y) {
            return type == DType.U64 ? Long.compareUnsigned(x, y) : Long.compare(x, y);
        }
        double x = a.doubleValue() + 0.0;
        double y = b.doubleValue() + 0.0;
        return Double.compare(x, y);
    }

    static boolean isNaN(Number x) {
        return Double.isNaN(x.doubleValue());
    }

    /// What `fn` starts from.
    static Number identity(BinaryFn fn, DType type) {
        if (type.isFloat()) {
            double start = switch (fn) {
                case ADD -> 0;
                case MUL -> 1;
                case MIN -> Double.POSITIVE_INFINITY;
                case MAX -> Double.NEGATIVE_INFINITY;
                default -> throw new AssertionError(fn);
            };
            return convert(start, type.computeType());
        }
        return switch (fn) {
            case ADD, OR -> 0L;
            case MUL, AND -> 1L;
            case MIN -> type.isSigned() ? -1L >>> (65 - type.bits()) : Conversion.wrap(type, -1L);
            case MAX -> type.isSigned() ? -1L << (type.bits() - 1) : 0L;
            default -> throw new AssertionError(fn);
        };
    }
}
