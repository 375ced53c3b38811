package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.AveragePool;
import dev.quern.op.CompositePools;
import dev.quern.op.MaxUnpool;
import dev.quern.op.Pools;
import dev.quern.op.Sliding;
import java.util.List;

/// Pooling.
final class PoolRows {
    private PoolRows() {}

    static List<Row> rows() {
        return List.of(
                row("MaxPool", 1, n -> n.result(maxPool(n), n.in(0)))
                        .writes(
                                Pools.MaxPool.class,
                                (op, n) -> window(n, op.sliding(), op.taps())
                                        .flag("ceil_mode", op.ceil())
                                        .flag("storage_order", op.columnMajor())),
                row("AveragePool", 1, n -> n.result(averagePool(n), n.in(0)))
                        .writes(
                                AveragePool.class,
                                (op, n) -> window(n, op.sliding(), op.taps())
                                        .flag("ceil_mode", op.ceil())
                                        .flag("count_include_pad", op.divisor() == AveragePool.Divisor.POSITIONS)),
                row("LpPool", 1, n -> lpPool(n, wholePower(n))),
                row("LpPool", 2, n -> lpPool(n, n.integer("p", 2)))
                        .writes(
                                CompositePools.LpPool.class,
                                (op, n) -> window(n, op.sliding(), op.taps())
                                        .integer("p", op.p())
                                        .flag("ceil_mode", op.ceil())),
                row("MaxUnpool", 9, n -> n.result(new MaxUnpool(ProductRows.sliding(n), taps(n)), n.all()))
                        .writes(
                                MaxUnpool.class,
                                (op, n) -> n.integers("kernel_shape", op.taps())
                                        .integers("pads", op.sliding().pads())
                                        .integers("strides", op.sliding().strides())),
                row("GlobalAveragePool", 1, new CompositePools.GlobalAveragePool()),
                row("GlobalMaxPool", 1, new CompositePools.GlobalMaxPool()),
                row("GlobalLpPool", 1, n -> n.result(new CompositePools.GlobalLpPool((int) wholePower(n)), n.in(0))),
                row("GlobalLpPool", 2, n -> n.result(new CompositePools.GlobalLpPool((int) n.integer("p", 2)), n.in(0)))
                        .writes(CompositePools.GlobalLpPool.class, (op, n) -> n.integer("p", op.p())));
    }

    /// In opset 1 the power was a float.
    private static long wholePower(NodeImport n) {
        float p = n.number("p", 2);
        if (p != (long) p) {
            throw new UnsupportedNodeException("p must be a whole number, not " + p);
        }
        return (long) p;
    }

    private static List<Value> lpPool(NodeImport n, long p) {
        return n.result(new CompositePools.LpPool((int) p, ProductRows.sliding(n), taps(n), ceil(n)), n.in(0));
    }

    private static NodeExport window(NodeExport n, Sliding sliding, List<Integer> taps) {
        return ProductRows.sliding(n, sliding).integers("kernel_shape", taps);
    }

    private static List<Integer> taps(NodeImport n) {
        return ShapingRows.ints(
                n.integers("kernel_shape").orElseThrow(() -> new UnsupportedNodeException("kernel_shape is required")));
    }

    private static boolean ceil(NodeImport n) {
        return n.flag("ceil_mode", false);
    }

    static Pools.MaxPool maxPool(NodeImport n) {
        return new Pools.MaxPool(ProductRows.sliding(n), taps(n), ceil(n), n.wants(1), n.flag("storage_order", false));
    }

    static AveragePool averagePool(NodeImport n) {
        AveragePool.Divisor divisor =
                n.flag("count_include_pad", false) ? AveragePool.Divisor.POSITIONS : AveragePool.Divisor.ELEMENTS;
        return new AveragePool(ProductRows.sliding(n), taps(n), ceil(n), divisor);
    }
}
