package dev.quern.codegen;

import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A reduction along rows and the map that goes through the same rows with its results: normalisations and softmax,
/// which on a GPU are one launch of a group a row.
///
/// @param reduce along its last axes
/// @param map over the space of `reduce`, after it
/// @param states for each operand of `map` which result of `reduce` it is; −1 for the others
public record RowPair(Kernel.Reduce reduce, Kernel.Map map, List<Integer> states) {
    /// Elements of a row from which on a group has something to do.
    private static final int LEAST = 64;

    public RowPair {
        states = List.copyOf(states);
    }

    /// The two as one, or nothing where that is not the same or does not pay. That no step comes between them is
    /// the caller's business.
    ///
    /// @param buffers of the program that the views belong to
    public static Optional<RowPair> of(Kernel.Reduce reduce, Kernel.Map map, List<Buffer> buffers) {
        View first = reduce.operands().getFirst();
        int rank = first.rank() - reduce.reducedRank();
        boolean isRow = switch (reduce.reducer()) {
            case SUM, MIN, MAX, MEAN_VARIANCE, MAX_SUM_EXP -> true;
            case PRODUCT, AND, OR, ARG_MIN_FIRST, ARG_MIN_LAST, ARG_MAX_FIRST, ARG_MAX_LAST -> false;
        };
        if (!isRow
                || reduce.reducedRank() == 0
                || !reduce.prologue().dtype().isFloat()
                || !Arrays.equals(first.dims(), map.extent())
                || first.stride(first.rank() - 1) != 1
                || MapCode.trailing(first, rank).length() < LEAST
                || first.length() == 0
                || first.length() / LEAST > Integer.MAX_VALUE / RowCode.MORE_ITEMS
                || movesOperand(reduce)
                || readsIndex(reduce, map)) {
            return Optional.empty();
        }
        List<Integer> states =
                map.inputs().stream().map(v -> state(v, reduce.outputs(), rank)).toList();
        boolean reads = states.stream().anyMatch(s -> s >= 0);
        return reads && keepsApart(reduce, map, states, buffers)
                ? Optional.of(new RowPair(reduce, map, states))
                : Optional.empty();
    }

    /// The reduction, a map of its results and the map of the rows as one, or nothing where that is not the same or
    /// does not pay.
    ///
    /// @param buffers of the program that the views belong to
    public static Optional<RowPair> of(Kernel.Reduce reduce, Kernel.Map results, Kernel.Map map, List<Buffer> buffers) {
        return ResultMap.into(reduce, results).flatMap(both -> of(both, map, buffers));
    }

    private static boolean movesOperand(Kernel.Reduce reduce) {
        return reduce.epilogue().stream()
                .anyMatch(e -> e instanceof Expr.Arg(int index, DType ignored)
                        && index >= reduce.reducer().states());
    }

    private static boolean readsIndex(Kernel.Reduce reduce, Kernel.Map map) {
        return StraightLine.of(reduce.prologue()).readsIndex()
                || StraightLine.of(reduce.epilogue()).readsIndex()
                || StraightLine.of(map.exprs()).readsIndex();
    }

    /// Which of the results `operand` is, the same along a row.
    private static int state(View operand, List<View> results, int rank) {
        for (int i = 0; i < results.size(); i++) {
            View whole = results.get(i);
            int[] strides = Arrays.copyOf(whole.strides(), operand.rank());
            if (operand.buffer() == whole.buffer()
                    && operand.dtype() == whole.dtype()
                    && operand.offset() == whole.offset()
                    && isSame(operand, strides, rank)) {
                return i;
            }
        }
        return -1;
    }

    /// Whether the strides are those that matter: an axis of one element may have any.
    private static boolean isSame(View operand, int[] strides, int rank) {
        for (int axis = 0; axis < operand.rank(); axis++) {
            if (operand.dim(axis) > 1 && operand.stride(axis) != (axis < rank ? strides[axis] : 0)) {
                return false;
            }
        }
        return true;
    }

    /// Whether a group that is done cannot spoil what another one reads: results of the map lie apart from all that
    /// is read, or in the very place of an element that the same item has read.
    private static boolean keepsApart(
            Kernel.Reduce reduce, Kernel.Map map, List<Integer> states, List<Buffer> buffers) {
        List<View> rows = new ArrayList<>(reduce.operands());
        for (int i = 0; i < states.size(); i++) {
            if (states.get(i) < 0) {
                rows.add(map.inputs().get(i));
            }
        }
        for (View out : map.outputs()) {
            boolean rowsAreFree = rows.stream()
                    .allMatch(v -> !sharesArray(v, out, buffers)
                            || (v.dtype() == out.dtype()
                                    && v.offset() == out.offset()
                                    && Arrays.equals(v.strides(), out.strides())));
            boolean othersAreFree = reduce.epilogueOperands().stream().noneMatch(v -> sharesArray(v, out, buffers))
                    && reduce.outputs().stream().noneMatch(v -> sharesArray(v, out, buffers));
            if (!rowsAreFree || !othersAreFree) {
                return false;
            }
        }
        // a result of the reduction is stored while other groups read on
        return reduce.outputs().stream()
                .noneMatch(out -> rows.stream().anyMatch(v -> sharesArray(v, out, buffers))
                        || reduce.epilogueOperands().stream().anyMatch(v -> sharesArray(v, out, buffers)));
    }

    private static boolean sharesArray(View a, View b, List<Buffer> buffers) {
        return buffers.get(a.buffer()).role().equals(buffers.get(b.buffer()).role());
    }

    /// The launch.
    ///
    /// @param buffers of the program that the views belong to
    public Launch launch(List<Buffer> buffers) {
        return new RowCode(this, buffers).launch();
    }
}
