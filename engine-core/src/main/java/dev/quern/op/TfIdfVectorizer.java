package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// How often known n-grams occur in each row of `[N,C]` or `[C]`, of strings, `i32` or `i64`: f32, `[N,columns]` or
/// `[columns]`. ONNX TfIdfVectorizer, opset 9.
///
/// @param grams the n-grams (elements are `String` or `Long`) with their columns and weights
/// @param lengths the least and the greatest length of n-grams that are looked for
/// @param skips up to how many elements may lie between two elements of an n-gram, the same number everywhere
public record TfIdfVectorizer(Map<List<Object>, Column> grams, Mode mode, Lengths lengths, int skips, int columns)
        implements HostOp {
    public TfIdfVectorizer {
        grams = Map.copyOf(grams);
    }

    /// What is written for an n-gram that occurs.
    public enum Mode {
        /// The count.
        TF,
        /// The weight.
        IDF,
        /// The count times the weight.
        TFIDF
    }

    /// Where an n-gram counts, and its weight.
    public record Column(int index, double weight) {}

    /// The lengths of n-grams.
    public record Lengths(int least, int most) {}

    @Override
    public List<Type> infer(Operands in) {
        in.requireSize(1, 1);
        in.require(0, DType.STRING, DType.I32, DType.I64);
        Shape x = in.shape(0);
        if (x.isRanked() && (x.rank() == 0 || x.rank() > 2)) {
            throw new ShapeException("rows [N,C] or one row [C] are needed, not " + in.tensor(0));
        }
        return List.of(Type.tensor(DType.F32, x.isRanked() ? x.with(-1, Dim.of(columns)) : x));
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        Tensor x = in.getFirst().asTensor();
        int length = (int) x.shape().dim(-1).extent();
        int rows = x.rank() == 1 ? 1 : (int) x.shape().dim(0).extent();
        float[] out = new float[rows * columns];
        for (int r = 0; r < rows; r++) {
            host.checkCancelled();
            for (int n = lengths.least(); n <= lengths.most(); n++) {
                // a single element has nothing to skip
                for (int skip = 0; skip <= (n == 1 ? 0 : skips); skip++) {
                    count(x, r * length, length, n, skip + 1, out, r * columns);
                }
            }
        }
        return List.of(Tensor.wrap(
                DType.F32,
                out,
                infer(Operands.ofValues(in)).getFirst().asTensor().shape()));
    }

    private void count(Tensor x, int from, int length, int n, int step, float[] out, int row) {
        long span = (long) (n - 1) * step;
        for (int i = 0; i + span < length; i++) {
            List<Object> gram = new ArrayList<>(n);
            for (int j = 0; j < n; j++) {
                int at = from + i + j * step;
                gram.add(x.dtype() == DType.STRING ? x.getString(at) : (Object) x.getLong(at));
            }
            Column c = grams.get(gram);
            if (c != null) {
                switch (mode) {
                    case TF -> out[row + c.index()] += 1;
                    case IDF -> out[row + c.index()] = (float) c.weight();
                    case TFIDF -> out[row + c.index()] += (float) c.weight();
                }
            }
        }
    }

    static Stream<Example> examples() {
        Map<List<Object>, Column> grams = Map.of(
                List.of(1L), new Column(0, 0.5), List.of(2L), new Column(2, 1.5), List.of(1L, 2L), new Column(1, 2));
        return Stream.of(Mode.values())
                .flatMap(mode -> Stream.of(
                        Example.of(
                                new TfIdfVectorizer(grams, mode, new Lengths(1, 2), 2, 3),
                                Example.operand(DType.I64, 2, 9).in(0, 4)),
                        Example.of(
                                new TfIdfVectorizer(grams, mode, new Lengths(2, 2), 0, 3),
                                Example.operand(DType.I32, 12).in(1, 3))));
    }
}
