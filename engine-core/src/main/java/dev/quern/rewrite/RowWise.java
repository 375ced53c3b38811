package dev.quern.rewrite;

import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Arranging.Transpose;
import dev.quern.op.ElementwiseOp;
import dev.quern.op.Normalizations.LayerNormalization;
import dev.quern.op.Products.MatMul;
import dev.quern.op.Shaping.Reshape;
import dev.quern.op.Softmaxes.Softmax;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Operators that treat the positions along an axis of their result each for itself, and where these positions lie in
/// their operands.
final class RowWise {
    /// An operand that every position reads whole.
    static final int WHOLE = -1;

    private RowWise() {}

    /// For each operand the axis that becomes axis `axis` of the first result, or [#WHOLE]; empty where a part of
    /// the result needs more than that part of the operands.
    static Optional<List<Integer>> of(Node n, int axis) {
        if (!isRanked(n.output(0)) || !n.inputs().stream().allMatch(RowWise::isRanked)) {
            return Optional.empty();
        }
        Shape out = n.output(0).shape();
        return switch (n.op()) {
            case MatMul ignored -> product(n, axis);
            case Softmax(int along) when Shape.axis(along, out.rank()) != axis -> Optional.of(List.of(axis));
            case LayerNormalization(int from, double ignored)
            when axis < Shape.axis(from, out.rank()) -> first(n, axis);
            case Transpose(List<Integer> perm) ->
                Optional.of(List.of(perm.isEmpty() ? out.rank() - 1 - axis : Shape.axis(perm.get(axis), out.rank())));
            case Reshape ignored when startsAlike(n.input(0).shape(), out, axis) -> first(n, axis);
            case ElementwiseOp op
            when !countsPositions(op, n) ->
                Optional.of(n.inputs().stream()
                        .map(v -> broadcast(v.shape(), out, axis))
                        .toList());
            default -> Optional.empty();
        };
    }

    private static boolean isRanked(Value v) {
        return v.type() instanceof Type.TensorType t && t.shape().isRanked();
    }

    /// Operand 0 at the same axis, the others whole.
    private static Optional<List<Integer>> first(Node n, int axis) {
        return Optional.of(IntStream.range(0, n.inputs().size())
                .mapToObj(i -> i == 0 ? axis : WHOLE)
                .toList());
    }

    /// The rows of the left matrices for those of the products.
    private static Optional<List<Integer>> product(Node n, int axis) {
        Shape left = n.input(0).shape();
        Shape out = n.output(0).shape();
        boolean isRow = left.rank() == out.rank() && n.input(1).rank() > 1 && axis == out.rank() - 2;
        return isRow ? Optional.of(List.of(axis, WHOLE)) : Optional.empty();
    }

    /// Whether the dims up to an axis are the same in both.
    private static boolean startsAlike(Shape a, Shape b, int axis) {
        return axis < a.rank()
                && IntStream.rangeClosed(0, axis)
                        .allMatch(i -> a.dim(i).equals(b.dim(i)) && !(a.dim(i) instanceof Dim.Unknown));
    }

    private static boolean countsPositions(ElementwiseOp op, Node n) {
        List<DType> types = n.inputs().stream().map(Value::dtype).toList();
        Expr element = op.over(types);
        return StraightLine.of(Collections.singletonList(element)).readsIndex();
    }

    private static int broadcast(Shape operand, Shape out, int axis) {
        int own = axis - (out.rank() - operand.rank());
        return own < 0 || operand.dim(own).is(1) ? WHOLE : own;
    }
}
