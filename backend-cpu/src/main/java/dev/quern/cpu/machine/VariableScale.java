package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.Lane;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.LaneOp;
import dev.quern.cpu.codegen.LaneOp.Kind;
import dev.quern.tensor.DType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A number as a byte, `clamp(round(x / scale) + zero, 0, 255)`, as [Quantisation], with a scale that a view holds once
/// for a row, and perhaps the zero point too: what a dynamic quantisation has.
///
/// For scales between bounds the quotient needs no division for each number: with r the nearest to 1 / scale and `rest`
/// what it is short of that, q = fma(x, r, x · rest) is one of the two floats beside x / scale, and fma(x − q · scale,
/// r, q), where the difference is exact, the nearest to it, as the division (Markstein, *Computation of Elementary
/// Functions on the IBM RISC System/6000 Processor*, 1990). x is kept a quarter of a level beyond the lowest and the
/// greatest byte before, so nothing is too large for that; where x is so small that the difference is not exact, the
/// level is 0 either way.
///
/// @param x the operation that is quantised
/// @param scale the operation that loads the scale
/// @param zero the operation that is the zero point as a float
record VariableScale(int x, int scale, int zero) {
    private static final float MOST = 255;
    private static final float LEAST_SCALE = 0x1p-60f;
    private static final float GREATEST_SCALE = 0x1p60f;

    /// The quantisation that ends with `op`, its conversion to an integer, or `null`.
    static @Nullable VariableScale of(LaneCode code, LaneOp op, List<Access> views) {
        if (op.kind() != Kind.CONVERT || op.lane() != Lane.INT) {
            return null;
        }
        LaneOp below = code.op(op.operand(0));
        LaneOp above = first(code, below, Kind.MIN);
        LaneOp shifted = first(code, above, Kind.MAX);
        LaneOp rounded = first(code, shifted, Kind.ADD);
        LaneOp ratio = first(code, rounded, Kind.ROUND);
        if (above == null || shifted == null || rounded == null || ratio == null || ratio.kind() != Kind.DIV) {
            return null;
        }
        return below.lane() == Lane.FLOAT
                        && number(code, below.operand(1)) == MOST
                        && number(code, above.operand(1)) == 0
                        && isRepeated(code.op(ratio.operand(1)), DType.F32, views)
                        && isZeroPoint(code, shifted.operand(1), views)
                ? new VariableScale(ratio.operand(0), ratio.operand(1), shifted.operand(1))
                : null;
    }

    /// The first operand of an operation, if it is of this kind.
    private static @Nullable LaneOp first(LaneCode code, @Nullable LaneOp op, Kind kind) {
        return op != null && op.kind() == kind ? code.op(op.operand(0)) : null;
    }

    /// A constant as a number, NaN where it is none.
    private static float number(LaneCode code, int op) {
        LaneOp constant = code.op(op);
        return constant.kind() == Kind.CONST ? Float.intBitsToFloat((int) constant.bits()) : Float.NaN;
    }

    private static boolean isRepeated(LaneOp op, DType type, List<Access> views) {
        return op.kind() == Kind.LOAD && views.get((int) op.bits()).equals(new Access(type, true));
    }

    private static boolean isZeroPoint(LaneCode code, int zero, List<Access> views) {
        LaneOp op = code.op(zero);
        float constant = number(code, zero);
        return op.kind() == Kind.CONVERT
                ? isRepeated(code.op(op.operand(0)), DType.U8, views)
                : constant >= 0 && constant <= MOST && (int) constant == constant;
    }

    /// Whether numbers are quantised so by such a scale.
    static boolean fits(float scale) {
        return scale >= LEAST_SCALE && scale <= GREATEST_SCALE;
    }
}
