package dev.quern.cpu.plain;

import static dev.quern.kernel.Reducer.LANES;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.FloatFunctions;
import dev.quern.expr.IntegerFunctions;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/// The simple reducers as functions of two values, with their identities, and the order in which values are combined:
/// 16 lanes, then a fixed tree, as [Reducer] says.
final class Folds {
    private Folds() {}

    /// The function that combines two elements.
    static BinaryFn function(Reducer reducer) {
        return switch (reducer) {
            case SUM -> BinaryFn.ADD;
            case PRODUCT -> BinaryFn.MUL;
            case MIN -> BinaryFn.MIN;
            case MAX -> BinaryFn.MAX;
            case AND -> BinaryFn.AND;
            case OR -> BinaryFn.OR;
            case ARG_MIN_FIRST, ARG_MIN_LAST, ARG_MAX_FIRST, ARG_MAX_LAST, MEAN_VARIANCE, MAX_SUM_EXP ->
                throw new IllegalArgumentException(reducer + " is no function of two elements");
        };
    }

    /// What an empty float reduction gives.
    static double identity(BinaryFn fn) {
        return switch (fn) {
            case ADD -> 0;
            case MUL -> 1;
            case MIN -> Double.POSITIVE_INFINITY;
            case MAX -> Double.NEGATIVE_INFINITY;
            default -> throw new IllegalArgumentException(fn + " does not reduce floats");
        };
    }

    /// What an empty integer reduction gives.
    static long identity(BinaryFn fn, DType type) {
        long largest =
                type == DType.BOOL ? 1 : type.isUnsigned() ? -1L >>> (64 - type.bits()) : -1L >>> (65 - type.bits());
        return switch (fn) {
            case ADD, OR -> 0;
            case MUL -> 1;
            case AND -> type == DType.BOOL ? 1 : -1;
            case MIN -> largest;
            case MAX -> type.isSigned() ? -largest - 1 : 0;
            default -> throw new IllegalArgumentException(fn + " does not reduce integers");
        };
    }

    /// Adds element i of a block to lane i mod 16.
    static void sum(float[] lanes, float[] values, int n) {
        int whole = n - n % LANES;
        for (int i = 0; i < whole; i += LANES) {
            for (int lane = 0; lane < LANES; lane++) {
                lanes[lane] += values[i + lane];
            }
        }
        for (int i = whole; i < n; i++) {
            lanes[i - whole] += values[i];
        }
    }

    /// Combines element i of a block with lane i mod 16.
    static void fold(BinaryFn fn, float[] lanes, float[] values, int n) {
        if (fn == BinaryFn.ADD) {
            sum(lanes, values, n);
            return;
        }
        DoubleBinaryOperator f = FloatFunctions.inDouble(fn);
        for (int i = 0; i < n; i++) {
            lanes[i % LANES] = (float) f.applyAsDouble(lanes[i % LANES], values[i]);
        }
    }

    static void fold(BinaryFn fn, double[] lanes, double[] values, int n) {
        DoubleBinaryOperator f = FloatFunctions.inDouble(fn);
        for (int i = 0; i < n; i++) {
            lanes[i % LANES] = f.applyAsDouble(lanes[i % LANES], values[i]);
        }
    }

    /// Integers need no order.
    static long fold(BinaryFn fn, DType type, long start, long[] values, int n) {
        LongBinaryOperator f = IntegerFunctions.binary(fn, type);
        long result = start;
        for (int i = 0; i < n; i++) {
            result = f.applyAsLong(result, values[i]);
        }
        return result;
    }

    /// Combines the lanes: lane i takes lane i + 8, then i + 4, i + 2, i + 1.
    static float tree(BinaryFn fn, float[] lanes) {
        DoubleBinaryOperator f = FloatFunctions.inDouble(fn);
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                lanes[lane] = (float) f.applyAsDouble(lanes[lane], lanes[lane + half]);
            }
        }
        return lanes[0];
    }

    static double tree(BinaryFn fn, double[] lanes) {
        DoubleBinaryOperator f = FloatFunctions.inDouble(fn);
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                lanes[lane] = f.applyAsDouble(lanes[lane], lanes[lane + half]);
            }
        }
        return lanes[0];
    }
}
