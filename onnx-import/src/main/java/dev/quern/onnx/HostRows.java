package dev.quern.onnx;

import static dev.quern.onnx.Row.row;

import dev.quern.graph.Value;
import dev.quern.op.DataDependent;
import dev.quern.op.NonMaxSuppression;
import dev.quern.op.SquareMatrix;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Operators of ai.onnx that run on the host: results with as many elements as the data say.
final class HostRows {
    private HostRows() {}

    static List<Row> rows() {
        return List.of(
                row("NonZero", 9, new DataDependent.NonZero()),
                row("Compress", 9, n -> n.result(new DataDependent.Compress(axis(n)), n.all()))
                        .writes(
                                DataDependent.Compress.class,
                                (op, n) -> op.axis().ifPresent(a -> n.integer("axis", a))),
                row("Unique", 11, n -> n.result(new DataDependent.Unique(axis(n), n.flag("sorted", true)), n.in(0)))
                        .writes(DataDependent.Unique.class, (op, n) -> {
                            n.flag("sorted", op.sorted());
                            op.axis().ifPresent(a -> n.integer("axis", a));
                        }),
                row("Det", 11, new SquareMatrix.Det()),
                row("NonMaxSuppression", 10, HostRows::suppression)
                        .writes(NonMaxSuppression.class, (op, n) -> n.flag("center_point_box", op.centered())));
    }

    private static Optional<Integer> axis(NodeImport n) {
        return n.optionalInteger("axis").map(Math::toIntExact);
    }

    private static List<Value> suppression(NodeImport n) {
        List<Value> in = new ArrayList<>(
                List.of(n.in(0), n.in(1), n.in(2, Tensor.of(new long[1], 1)), n.in(3, Tensor.of(new float[1], 1))));
        n.optional(4).ifPresent(in::add);
        return n.result(new NonMaxSuppression(n.flag("center_point_box", false), n.has(4)), in);
    }
}
