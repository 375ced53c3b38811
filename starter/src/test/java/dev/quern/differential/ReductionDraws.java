package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.between;
import static dev.quern.differential.OperatorDraw.row;
import static dev.quern.differential.OperatorDraw.until;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// What runs along axes: reductions, softmax, running sums, sorting.
final class ReductionDraws {
    private static final DType[] FLOATS = {DType.F32, DType.F64};
    private static final DType[] REDUCED = {DType.F32, DType.F64, DType.I32, DType.I64};

    private ReductionDraws() {}

    static List<OperatorDraw> rows() {
        List<OperatorDraw> rows = new ArrayList<>();
        for (String name : List.of("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare")) {
            rows.add(until(17, name + " attributes", n -> byAttribute(n, Fill.FINITE, REDUCED)));
            rows.add(row(18, name, n -> byOperand(n, Fill.FINITE, REDUCED)));
        }
        // Integer products that overflow are not defined.
        rows.add(until(17, "ReduceProd attributes", n -> byAttribute(n, Fill.FINITE, FLOATS)));
        rows.add(row(18, "ReduceProd", n -> byOperand(n, Fill.FINITE, FLOATS)));
        rows.add(until(17, "ReduceLogSumExp attributes", n -> byAttribute(n, Fill.FINITE, FLOATS)));
        rows.add(row(18, "ReduceLogSumExp", n -> byOperand(n, Fill.FINITE, FLOATS)));
        rows.add(until(17, "ReduceLogSum attributes", n -> byAttribute(n, Fill.POSITIVE, REDUCED)));
        rows.add(row(18, "ReduceLogSum", n -> byOperand(n, Fill.POSITIVE, REDUCED)));
        rows.add(until(12, "ReduceSum attributes", n -> byAttribute(n, Fill.FINITE, REDUCED)));
        rows.add(row(13, "ReduceSum", n -> byOperand(n, Fill.FINITE, REDUCED)));
        rows.addAll(selecting());
        rows.addAll(normalizing());
        return rows;
    }

    private static Tensor reduced(NodeDraw n, Fill fill, DType... types) {
        // Of nothing ONNX Runtime makes nothing, where the standard has the neutral element.
        Tensor x = n.solidAny(fill, 0, 4, types);
        // Products and sums of squares of up to 2000 elements.
        n.agreement(new Agreement(8 + x.length(), x.length() * 10.0, 0));
        n.with("keepdims", n.from(0, 1));
        return x;
    }

    private static void byAttribute(NodeDraw n, Fill fill, DType... types) {
        Tensor x = reduced(n, fill, types);
        if (x.rank() > 0 && n.chance(80)) {
            n.with("axes", nonNegative(n, n.axes(x.rank()), x.rank()));
        }
    }

    /// Before opset 11 axes were counted from the front.
    static long[] nonNegative(NodeDraw n, long[] axes, int rank) {
        return n.opset() >= 11
                ? axes
                : java.util.Arrays.stream(axes).map(a -> a < 0 ? a + rank : a).toArray();
    }

    private static void byOperand(NodeDraw n, Fill fill, DType... types) {
        Tensor x = reduced(n, fill, types);
        if (x.rank() > 0 && n.chance(70)) {
            n.longs(n.axes(x.rank()));
        } else if (n.chance(50)) {
            n.longs();
        }
        if (n.chance(30)) {
            n.with("noop_with_empty_axes", n.from(0, 1));
        }
    }

    private static List<OperatorDraw> selecting() {
        List<OperatorDraw> rows = new ArrayList<>();
        for (String name : List.of("ArgMax", "ArgMin")) {
            rows.add(row(7, name, n -> {
                Tensor x = n.solidAny(Fill.FINITE, 1, 4, DType.F32, DType.F64, DType.I32, DType.I8, DType.U8);
                int axis = n.axis(x.rank());
                n.with("axis", n.opset() < 11 && axis < 0 ? axis + x.rank() : axis)
                        .with("keepdims", n.from(0, 1));
                if (n.opset() >= 12) {
                    n.with("select_last_index", n.from(0, 1));
                }
            }));
        }
        rows.add(row(11, "TopK", n -> {
            Tensor x = n.any(Fill.FINITE, 1, 4, DType.F32, DType.F64, DType.I64, DType.I32);
            int axis = n.axis(x.rank());
            int extent = (int) x.shape().dim(axis).extent();
            n.longs(n.from(0, extent));
            // Without sorting the order is free.
            n.with("axis", axis).with("largest", n.from(0, 1)).outputs(2);
        }));
        rows.add(until(9, "TopK attributes", n -> {
            Tensor x = n.any(Fill.FINITE, 1, 4, DType.F32);
            int axis = n.axis(x.rank());
            n.with("axis", axis).outputs(2);
            n.with("k", Math.max(1, n.from(0, (int) x.shape().dim(axis).extent())));
        }));
        rows.add(row(11, "CumSum", n -> {
            Tensor x = n.any(Fill.FINITE, 1, 4, DType.F32, DType.F64, DType.I32, DType.I64);
            n.agreement(Agreement.sum(17, 50));
            int axis = n.axis(x.rank());
            n.fresh(n.chance(50) ? Tensor.of(new int[] {axis}) : Tensor.of(new long[] {axis}), 20);
            n.with("exclusive", n.from(0, 1)).with("reverse", n.from(0, 1));
        }));
        return rows;
    }

    private static List<OperatorDraw> normalizing() {
        List<OperatorDraw> rows = new ArrayList<>();
        for (String name : List.of("Softmax", "LogSoftmax", "Hardmax")) {
            rows.add(until(12, name + " of a matrix", n -> softmax(n)));
            rows.add(row(13, name, n -> softmax(n)));
        }
        rows.add(row(7, "LpNormalization", n -> {
            Tensor x = n.of(Fill.DISTINCT, n.oneOf(FLOATS), n.solid(1, 4));
            n.agreement(Agreement.sum(17, 1)).with("axis", n.axis(x.rank())).with("p", n.from(1, 2));
        }));
        rows.add(between(9, 22, "MeanVarianceNormalization", n -> {
            // The variance of one element is a hair less than 0 in ONNX Runtime now and then.
            n.of(Fill.DISTINCT, DType.F32, n.from(1, 3), n.from(1, 5), n.from(2, 7), n.from(1, 7));
            n.agreement(new Agreement(64, 64, 0));
            if (n.chance(50)) {
                n.with("axes", n.oneOf(new long[] {0, 2, 3}, new long[] {2, 3}, new long[] {0, 1, 2, 3}));
            }
        }));
        return rows;
    }

    private static void softmax(NodeDraw n) {
        Tensor x = n.any(Fill.FINITE, 1, 4, DType.F32, DType.F64);
        n.agreement(new Agreement(64, 1, 0));
        if (n.chance(80)) {
            int axis = n.axis(x.rank());
            n.with("axis", n.opset() < 11 && axis < 0 ? axis + x.rank() : axis);
        }
    }
}
