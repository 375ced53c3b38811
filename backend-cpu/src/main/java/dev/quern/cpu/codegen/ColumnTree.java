package dev.quern.cpu.codegen;

import dev.quern.cpu.run.Scratch;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;
import java.util.List;

/// Combines up to 16 rows of lanes as [Reducer] says, many positions at once: row i takes row i + 8, then i + 4, i + 2,
/// i + 1. Empty rows are left out: they would hold the identity, and a sum that has begun with +0 is not changed by
/// another.
final class ColumnTree {
    private ColumnTree() {}

    /// The expressions and views of the kernel that combines two rows into a third.
    static Switch<MapKernel> kernel(BinaryFn fn, DType type, Generated generated) {
        return generated.map(List.of(both(fn, type)), views(type));
    }

    static Expr both(BinaryFn fn, DType type) {
        return Expr.arg(0, type).apply(fn, Expr.arg(1, type));
    }

    static List<Access> views(DType type) {
        Access lanes = new Access(type, false);
        return List.of(lanes, lanes, lanes);
    }

    /// The first of `live` rows of `width` positions becomes what all of them give; the others are lost.
    static void fold(Scratch scratch, MapKernel kernel, Object lanes, int live, int width) {
        Operands operands = Operands.of(scratch, 3);
        int[] at = operands.at();
        for (int v = 0; v < 3; v++) {
            operands.set(v, lanes);
            operands.step()[v] = width;
        }
        int left = live;
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            if (left > half) {
                at[0] = 0;
                at[1] = half * width;
                at[2] = 0;
                kernel.run(operands, left - half, width);
                left = half;
            }
        }
    }
}
