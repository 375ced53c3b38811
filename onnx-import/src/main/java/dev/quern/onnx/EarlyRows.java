package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Formula;
import dev.quern.op.Joining;
import dev.quern.op.Logic;
import dev.quern.op.Normalizations;
import dev.quern.op.Reduce;
import dev.quern.op.Tiling;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.stream.LongStream;

/// First forms of operators that soon said the same with other operands and attributes.
final class EarlyRows {
    private EarlyRows() {}

    static List<Row> rows() {
        return List.of(
                row("Tile", 1, EarlyRows::tile),
                row("Split", 1, EarlyRows::split),
                row("MeanVarianceNormalization", 1, EarlyRows::meanVariance),
                row("Scan", 8, BatchedScan::read));
    }

    /// Operands name the copies along one axis.
    private static List<Value> tile(NodeImport n) {
        Formula f = new Formula(n.builder());
        Value x = n.in(0);
        Value axes = n.longs(LongStream.range(0, x.rank()).toArray());
        Value axis = f.reshape(f.cast(n.in(2), DType.I64), 1);
        Value copies = f.reshape(f.cast(n.in(1), DType.I64), 1);
        Value repeats = f.where(n.apply(Logic.EQUAL, axes, axis), copies, n.longs(1));
        return n.result(new Tiling.Tile(), x, repeats);
    }

    /// Extents are an attribute, or a second operand, of the type of the first.
    private static List<Value> split(NodeImport n) {
        if (!n.has(1)) {
            return ShapingRows.splitByAttribute(n);
        }
        Formula f = new Formula(n.builder());
        Joining.Split op = new Joining.Split((int) n.integer("axis", 0), n.outputs());
        return n.result(op, n.in(0), f.cast(n.in(1), DType.I64));
    }

    /// Images `[N,C,H,W]`, each channel by itself or, with `across_channels`, all together; with
    /// `normalize_variance` = 0 only the mean is taken away. The axes are those that ONNX Runtime takes, and opset
    /// 9 by default.
    private static List<Value> meanVariance(NodeImport n) {
        List<Integer> axes = n.flag("across_channels", false) ? List.of(0, 1, 2, 3) : List.of(0, 2, 3);
        if (n.flag("normalize_variance", true)) {
            return n.result(new Normalizations.MeanVarianceNormalization(axes), n.in(0));
        }
        Formula f = new Formula(n.builder());
        long[] over = axes.stream().mapToLong(a -> a).toArray();
        return n.result(Arithmetic.SUB, n.in(0), f.reduce(Reduce.Kind.MEAN, n.in(0), over));
    }
}
