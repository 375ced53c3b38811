package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.ArgReduce;
import dev.quern.op.Cumulation;
import dev.quern.op.Formula;
import dev.quern.op.Reduce;
import dev.quern.op.Sorting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Reductions along axes, running sums, orders.
final class ReductionRows {
    private static final Map<String, Reduce.Kind> KINDS = Map.of(
            "ReduceSum", Reduce.Kind.SUM,
            "ReduceMean", Reduce.Kind.MEAN,
            "ReduceProd", Reduce.Kind.PROD,
            "ReduceMax", Reduce.Kind.MAX,
            "ReduceMin", Reduce.Kind.MIN,
            "ReduceL1", Reduce.Kind.L1,
            "ReduceL2", Reduce.Kind.L2,
            "ReduceLogSum", Reduce.Kind.LOG_SUM,
            "ReduceLogSumExp", Reduce.Kind.LOG_SUM_EXP,
            "ReduceSumSquare", Reduce.Kind.SUM_SQUARE);

    private ReductionRows() {}

    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        KINDS.forEach((name, kind) -> {
            rows.add(row(name, 1, n -> byAttribute(n, kind)).writes(Reduce.class, ReductionRows::byAttribute));
            rows.add(row(name, name.equals("ReduceSum") ? 13 : 18, n -> byOperand(n, kind))
                    .writes(
                            Reduce.class,
                            (op, n) -> n.flag("keepdims", op.keepDims())
                                    .flag("noop_with_empty_axes", op.noopWithEmptyAxes())));
        });
        rows.add(Row.microsoft("CDist", ReductionRows::distances));
        rows.add(row("ArgMax", 1, n -> argument(n, true)).writes(ArgReduce.class, ReductionRows::argument));
        rows.add(row("ArgMin", 1, n -> argument(n, false)).writes(ArgReduce.class, ReductionRows::argument));
        rows.add(row(
                        "CumSum",
                        11,
                        n -> n.result(
                                new Cumulation.CumSum(n.flag("exclusive", false), n.flag("reverse", false)), n.all()))
                .writes(
                        Cumulation.CumSum.class,
                        (op, n) -> n.flag("exclusive", op.exclusive()).flag("reverse", op.reverse())));
        rows.add(row(
                        "CumProd",
                        26,
                        n -> n.result(
                                new Cumulation.CumProd(n.flag("exclusive", false), n.flag("reverse", false)), n.all()))
                .writes(
                        Cumulation.CumProd.class,
                        (op, n) -> n.flag("exclusive", op.exclusive()).flag("reverse", op.reverse())));
        rows.add(row("TopK", 1, n -> n.result(topK(n), n.in(0), n.longs(new long[] {n.integer("k", 0)})))
                .writes(
                        Sorting.TopK.class,
                        (op, n) -> n.axis("axis", op.axis())
                                .flag("largest", op.largest())
                                .integer("k", n.requireConstant(1).getLong(0))
                                .operands(n.in(0))));
        rows.add(row("TopK", 10, n -> n.result(topK(n), n.all()))
                .writes(Sorting.TopK.class, (op, n) -> n.axis("axis", op.axis()).flag("largest", op.largest())));
        return rows;
    }

    /// The distance of each row of the first operand from each of the second, squared unless `euclidean`.
    private static List<Value> distances(NodeImport n) {
        Formula f = new Formula(n.builder());
        Value apart = f.sub(f.unsqueeze(n.in(0), 1), f.unsqueeze(n.in(1), 0));
        boolean root = n.text("metric", "sqeuclidean").equals("euclidean");
        return n.result(new Reduce(root ? Reduce.Kind.L2 : Reduce.Kind.SUM_SQUARE, false), apart, n.longs(2));
    }

    /// Results are sorted also where `sorted` leaves that open.
    private static Sorting.TopK topK(NodeImport n) {
        return new Sorting.TopK((int) n.integer("axis", -1), n.flag("largest", true));
    }

    /// Axes were an attribute before opset 13 (ReduceSum) and 18.
    private static List<Value> byAttribute(NodeImport n, Reduce.Kind kind) {
        Reduce op = new Reduce(kind, n.flag("keepdims", true));
        return n.integers("axes")
                .map(axes -> n.result(op, n.in(0), n.longs(axes)))
                .orElseGet(() -> n.result(op, n.in(0)));
    }

    private static void byAttribute(Reduce op, NodeExport n) {
        boolean none = n.from(0).size() == 1 || n.requireConstant(1).length() == 0;
        if (none && op.noopWithEmptyAxes()) {
            throw n.unwritable("it reduces all axes where none is given");
        }
        n.flag("keepdims", op.keepDims());
        if (!none) {
            n.axes("axes", 1);
        }
        n.operands(n.in(0));
    }

    private static List<Value> byOperand(NodeImport n, Reduce.Kind kind) {
        Reduce op = new Reduce(kind, n.flag("keepdims", true), n.flag("noop_with_empty_axes", false));
        return n.has(1) ? n.result(op, n.in(0), n.in(1)) : n.result(op, n.in(0));
    }

    private static void argument(ArgReduce op, NodeExport n) {
        n.axis("axis", op.axis()).flag("keepdims", op.keepDims()).flag("select_last_index", op.selectLast());
    }

    private static List<Value> argument(NodeImport n, boolean max) {
        int axis = (int) n.integer("axis", 0);
        return n.result(
                new ArgReduce(max, axis, n.flag("keepdims", true), n.flag("select_last_index", false)), n.in(0));
    }
}
