package dev.quern.differential;

import static dev.quern.differential.ElementwiseDraws.NUMBERS;
import static dev.quern.differential.OperatorDraw.row;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// What reads and writes elements by index, and what depends on data.
final class IndexingDraws {
    private IndexingDraws() {}

    static List<OperatorDraw> rows() {
        return List.of(
                row(7, "Gather", n -> {
                    Tensor x = n.any(Fill.ANY, 1, 4, NUMBERS);
                    int axis = n.axis(x.rank());
                    long extent = x.shape().dim(axis).extent();
                    n.indices(n.opset() < 11 ? 0 : -extent, extent - 1, extent == 0 ? new long[] {0} : n.shape(0, 2));
                    n.with("axis", n.opset() < 11 && axis < 0 ? axis + x.rank() : axis);
                }),
                row(11, "GatherElements", n -> {
                    Tensor x = n.any(Fill.ANY, 1, 4, NUMBERS);
                    int axis = n.axis(x.rank());
                    long extent = x.shape().dim(axis).extent();
                    n.indices(-extent, extent - 1, window(n, x, axis, extent));
                    n.with("axis", axis);
                }),
                row(11, "GatherND", n -> {
                    Tensor x = n.any(Fill.ANY, 1, 4, NUMBERS);
                    n.fresh(tuples(n, x, n.from(1, x.rank()), n.shape(0, 2)), 40);
                }),
                row(12, "GatherND batches", n -> {
                    long batch = n.positive();
                    Tensor x = n.of(Fill.ANY, n.oneOf(NUMBERS), batch, n.positive(), n.positive());
                    Tensor inner = Tensor.zeros(
                            x.dtype(),
                            x.shape().dim(1).extent(),
                            x.shape().dim(2).extent());
                    n.fresh(tuples(n, inner, n.from(1, 2), batch, n.from(1, 3)), 40);
                    n.with("batch_dims", 1);
                }),
                row(11, "ScatterElements", n -> {
                    Tensor x = n.any(Fill.FINITE, 1, 4, DType.F32, DType.F64, DType.I64, DType.I32);
                    int axis = n.axis(x.rank());
                    long extent = x.shape().dim(axis).extent();
                    String mode = reduction(n);
                    // Duplicates have an order in reductions alone.
                    long[] shape = window(n, x, axis, mode.equals("none") ? Math.min(1, extent) : extent);
                    n.indices(-extent, extent - 1, shape);
                    n.of(Fill.FINITE, x.dtype(), shape);
                    n.with("axis", axis);
                    reduce(n, mode);
                }),
                row(11, "ScatterND", n -> {
                    Tensor x = n.any(Fill.FINITE, 1, 4, DType.F32, DType.F64, DType.I64);
                    String mode = reduction(n);
                    int depth = n.from(1, x.rank());
                    long[] batch = mode.equals("none") ? new long[] {1} : n.shape(1, 2);
                    Tensor indices = n.fresh(tuples(n, x, depth, batch), 40);
                    long[] updates = new long[indices.rank() - 1 + x.rank() - depth];
                    for (int i = 0; i < updates.length; i++) {
                        updates[i] = i < indices.rank() - 1
                                ? indices.shape().dim(i).extent()
                                : x.shape().dim(i - indices.rank() + 1 + depth).extent();
                    }
                    n.of(Fill.FINITE, x.dtype(), updates);
                    reduce(n, mode);
                }),
                row(9, "OneHot", n -> {
                    int depth = n.from(1, 9);
                    n.indices(-depth - 1, depth, n.shape(1, 3));
                    DType d = n.oneOf(DType.I64, DType.F32);
                    n.fresh(Tensor.scalar(d, (long) depth).reshape(n.chance(50) ? new long[0] : new long[] {1}), 20);
                    n.of(Fill.FINITE, n.oneOf(DType.F32, DType.I64, DType.I32), 2);
                    n.with("axis", n.oneOf(-1, 0));
                }),
                row(10, "ReverseSequence", n -> {
                    int time = n.from(0, 1);
                    Tensor x = n.any(Fill.ANY, 2, 4, NUMBERS);
                    long extent = x.shape().dim(time).extent();
                    long batch = x.shape().dim(1 - time).extent();
                    Tensor lengths = Tensor.zeros(DType.I64, batch);
                    for (int i = 0; i < batch; i++) {
                        lengths.elements().set(i, (long) n.from(Math.min(1, (int) extent), (int) extent));
                    }
                    n.fresh(lengths, 50);
                    n.with("time_axis", time).with("batch_axis", 1 - time);
                }),
                // ONNX Runtime gives a scalar one row; the standard says as NumPy, which has none for rank 0.
                row(9, "NonZero", n -> n.any(Fill.ANY, 1, 4, DType.F32, DType.I32, DType.I64, DType.BOOL, DType.U8)),
                row(9, "Compress", n -> {
                    Tensor x = n.any(Fill.ANY, 1, 4, NUMBERS);
                    boolean flat = n.chance(30);
                    int axis = n.axis(x.rank());
                    long extent = flat ? x.length() : x.shape().dim(axis).extent();
                    n.fresh(Fill.ANY.draw(new Random(n.from(0, 999)), DType.BOOL, n.from(0, (int) extent)), 50);
                    if (!flat) {
                        n.with("axis", n.opset() < 11 && axis < 0 ? axis + x.rank() : axis);
                    }
                }),
                row(11, "Unique", n -> {
                    Tensor x = n.any(Fill.FINITE, 1, 3, DType.F32, DType.F64, DType.I64, DType.I8);
                    n.with("sorted", n.from(0, 1)).outputs(4);
                    if (n.chance(50)) {
                        n.with("axis", n.axis(x.rank()));
                    }
                }));
    }

    /// A shape within that of `x`, free along the axis.
    private static long[] window(NodeDraw n, Tensor x, int axis, long most) {
        long[] shape = x.shape().extents().clone();
        Arrays.setAll(shape, i -> shape[i] == 0 ? 0 : n.from(1, (int) shape[i]));
        shape[axis < 0 ? axis + shape.length : axis] = most == 0 ? 0 : n.from(1, (int) most);
        return shape;
    }

    private static Tensor tuples(NodeDraw n, Tensor x, int depth, long... batch) {
        long[] shape = Arrays.copyOf(batch, batch.length + 1);
        shape[batch.length] = depth;
        boolean empty = Arrays.stream(x.shape().extents()).limit(depth).anyMatch(e -> e == 0);
        if (empty && batch.length > 0) {
            shape[0] = 0;
        }
        Tensor t = Tensor.zeros(DType.I64, shape);
        for (int i = 0; i < t.length(); i++) {
            int extent = (int) x.shape().dim(i % depth).extent();
            t.elements().set(i, (long) n.from(-extent, Math.max(-extent, extent - 1)));
        }
        return t;
    }

    private static String reduction(NodeDraw n) {
        if (n.opset() >= 18) {
            return n.oneOf("none", "add", "mul", "max", "min");
        }
        return n.opset() >= 16 ? n.oneOf("none", "add", "mul") : "none";
    }

    private static void reduce(NodeDraw n, String mode) {
        n.agreement(new Agreement(64, 50, 0));
        if (n.opset() >= 16) {
            n.with("reduction", mode);
        }
    }
}
