package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Lane;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.LaneOp;
import dev.quern.cpu.codegen.LaneOp.Kind;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A number as a byte, `clamp(round(x / scale) + zero, lowest, greatest)` with constants, told by its operations. Its
/// level, the byte less `zero`, is found without the division: where a level begins is known for each of the 256, so
/// that it can be seen that a product finds the same ones.
///
/// @param x the operation that is quantised
record Quantisation(int x, float scale, int zero, int lowest, int greatest) {
    private static final int MOST_LEVELS = 256;

    /// Scales within these bounds keep their products far from the smallest numbers, which round otherwise.
    private static final float LEAST_SCALE = 0x1p-60f;

    private static final float GREATEST_SCALE = 0x1p60f;

    /// The level of x, that is `round(fma(x, high, x · low))` of x kept between `least` and `greatest`.
    record Product(float least, float greatest, float high, float low) {
        private int level(float x) {
            return (int) Math.rint(Math.fma(x, high, x * low));
        }
    }

    /// The quantisation that ends with `op`, its conversion to an integer, or `null`.
    static @Nullable Quantisation of(LaneCode code, LaneOp op) {
        if (op.kind() != Kind.CONVERT || op.lane() != Lane.INT) {
            return null;
        }
        LaneOp below = code.op(op.operand(0));
        LaneOp above = operand(code, below, Kind.MIN, Kind.MAX);
        LaneOp shifted = operand(code, above, Kind.MAX, Kind.ADD);
        LaneOp rounded = operand(code, shifted, Kind.ADD, Kind.ROUND);
        LaneOp ratio = operand(code, rounded, Kind.ROUND, Kind.DIV);
        if (below.lane() != Lane.FLOAT || above == null || shifted == null || ratio == null) {
            return null;
        }
        float scale = second(code, ratio);
        float zero = second(code, shifted);
        float lowest = second(code, above);
        float greatest = second(code, below);
        boolean integers = (int) zero == zero && (int) lowest == lowest && (int) greatest == greatest;
        return integers
                        && scale >= LEAST_SCALE
                        && scale <= GREATEST_SCALE
                        && lowest <= zero
                        && zero <= greatest
                        && greatest - lowest < MOST_LEVELS
                ? new Quantisation(ratio.operand(0), scale, (int) zero, (int) lowest, (int) greatest)
                : null;
    }

    /// The first operand of an operation of one kind, if it is of the other.
    private static @Nullable LaneOp operand(LaneCode code, @Nullable LaneOp op, Kind kind, Kind first) {
        if (op == null || op.kind() != kind) {
            return null;
        }
        LaneOp operand = code.op(op.operand(0));
        return operand.kind() == first ? operand : null;
    }

    /// The second operand as a number, NaN where it is no constant.
    private static float second(LaneCode code, LaneOp op) {
        LaneOp operand = code.op(op.operand(1));
        return operand.kind() == Kind.CONST ? Float.intBitsToFloat((int) operand.bits()) : Float.NaN;
    }

    /// Whether NaN, which is the byte 0, has the lowest level.
    boolean isLowestOfNaN() {
        return lowest == 0;
    }

    /// The product that gives every number the level that the division gives it. Neither falls as x grows, so it is
    /// enough that both come to each level at the same number.
    Optional<Product> product() {
        float high = 1 / scale;
        Product product = new Product(
                Math.nextDown(first(lowest - zero + 1)), first(greatest - zero), high, (float) (1.0 / scale - high));
        for (int level = lowest - zero + 1; level <= greatest - zero; level++) {
            float first = first(level);
            if (product.level(first) != level || product.level(Math.nextDown(first)) != level - 1) {
                return Optional.empty();
            }
        }
        return Optional.of(product);
    }

    /// The least number of a level.
    private float first(int level) {
        float x = (float) ((level - 0.5) * scale);
        while (level(x) >= level) {
            x = Math.nextDown(x);
        }
        while (level(x) < level) {
            x = Math.nextUp(x);
        }
        return x;
    }

    private int level(float x) {
        return (int) Math.clamp((float) Math.rint(x / scale) + zero, lowest, greatest) - zero;
    }
}
