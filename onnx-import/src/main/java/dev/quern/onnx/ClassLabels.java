package dev.quern.onnx;

import dev.quern.graph.Value;
import dev.quern.op.ArgReduce;
import dev.quern.op.ExprOp;
import dev.quern.op.Indexing;
import dev.quern.op.Labels;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.stream.IntStream;

/// The class labels of a classifier of ONNX-ML, integers or strings, and how scores choose one.
///
/// @param table the labels in the order of the classes; empty where the file lists none
record ClassLabels(Tensor table) {

    static ClassLabels of(NodeImport n) {
        return of(
                n,
                n.hasAttribute("classlabels_ints") ? "classlabels_ints" : "classlabels_int64s",
                "classlabels_strings");
    }

    /// Labels in one of two attributes.
    static ClassLabels of(NodeImport n, String ints, String strings) {
        String[] texts = n.texts(strings).map(t -> t.toArray(String[]::new)).orElseGet(() -> new String[0]);
        if (texts.length > 0) {
            return new ClassLabels(Tensor.of(texts, texts.length));
        }
        long[] numbers = n.integers(ints).orElseGet(() -> new long[0]);
        return new ClassLabels(Tensor.of(numbers, numbers.length));
    }

    int count() {
        return table.length();
    }

    /// The label of the highest score in each row of `[N,K]`; the first among equals.
    Value ofHighest(NodeImport n, Value scores) {
        return at(n, n.apply(new ArgReduce(true, 1, false, false), scores));
    }

    /// The second label where the score in `[N,1]` is above `threshold`, else the first; without two labels, 1 and
    /// 0.
    Value ofPositive(NodeImport n, Value score, double threshold) {
        Value positive = ExprOp.apply(
                n.builder(), "Positive", s -> s.getFirst().gt(threshold).castTo(DType.I64), score);
        Value index = n.apply(new Shaping.Reshape(false), positive, n.longs(-1));
        if (count() == 2) {
            return at(n, index);
        }
        Tensor texts = Tensor.of(new String[] {"0", "1"}, 2);
        return table.dtype() == DType.STRING ? new ClassLabels(texts).at(n, index) : index;
    }

    /// The labels at these class indices, `i64[N]`.
    Value at(NodeImport n, Value index) {
        boolean plain =
                table.dtype() == DType.I64 && IntStream.range(0, count()).allMatch(i -> table.getLong(i) == i);
        if (plain) {
            return index;
        }
        return table.dtype() == DType.STRING
                ? n.apply(new Labels.Pick(), index, n.constant(table))
                : n.apply(new Indexing.Gather(0), n.constant(table), index);
    }
}
