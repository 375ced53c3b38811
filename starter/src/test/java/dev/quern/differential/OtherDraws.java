package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.between;
import static dev.quern.differential.OperatorDraw.row;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Losses, windows, boxes, text.
final class OtherDraws {
    private OtherDraws() {}

    static List<OperatorDraw> rows() {
        return List.of(
                row(12, "NegativeLogLikelihoodLoss", n -> loss(n)),
                row(12, "SoftmaxCrossEntropyLoss", n -> loss(n)),
                row(11, "Det", n -> {
                    long k = n.from(1, 4);
                    n.agreement(new Agreement(200, 500, 0));
                    n.of(Fill.FINITE, n.type(DType.F32), n.oneOf(new long[] {k, k}, new long[] {3, k, k}));
                }),
                row(17, "HannWindow", OtherDraws::window),
                row(17, "HammingWindow", OtherDraws::window),
                row(17, "BlackmanWindow", OtherDraws::window),
                row(10, "NonMaxSuppression", n -> {
                    long boxes = n.from(1, 8);
                    Tensor corners = Tensor.zeros(DType.F32, 1, boxes, 4);
                    for (int i = 0; i < corners.length(); i++) {
                        corners.elements().set(i, (double) n.real(0, 2) + (i % 4 < 2 ? 0 : 1));
                    }
                    n.fresh(corners, 60);
                    n.of(Fill.DISTINCT, DType.F32, 1, n.from(1, 2), boxes);
                    n.fresh(Tensor.of(new long[] {n.from(0, 4)}, 1), 20);
                    n.fresh(Tensor.of(new float[] {n.real(0.1, 0.9)}, 1), 20);
                    if (n.chance(50)) {
                        n.fresh(Tensor.of(new float[] {n.real(-3, 3)}, 1), 20);
                    }
                    n.with("center_point_box", n.from(0, 1));
                }),
                row(20, "AffineGrid", n -> {
                    long batch = n.from(1, 3);
                    n.of(Fill.FINITE, DType.F32, batch, 2, 3);
                    // One position with aligned corners is the first one, in ONNX Runtime the last.
                    int align = n.from(0, 1);
                    n.fresh(Tensor.of(new long[] {batch, 2, n.from(1 + align, 5), n.from(1 + align, 5)}, 4), 10);
                    n.agreement(Agreement.sum(3, 10)).with("align_corners", align);
                }),
                row(11, "MaxUnpool", n -> {
                    long h = n.from(1, 3);
                    long w = n.from(1, 3);
                    n.of(Fill.FINITE, DType.F32, 1, 1, h, w);
                    long[] at = LongStream.range(0, h * w)
                            .map(i -> i / w * 4 * w + i % w * 2 + n.from(0, 1))
                            .toArray();
                    n.fresh(Tensor.of(at, 1, 1, h, w), 50);
                    n.with("kernel_shape", new long[] {2, 2}).with("strides", new long[] {2, 2});
                }),
                row(20, "StringConcat", n -> {
                    Tensor x = n.any(Fill.ANY, 0, 3, DType.STRING);
                    n.of(Fill.ANY, DType.STRING, n.broadcastable(x.shape().extents()));
                }),
                row(20, "StringSplit", n -> {
                    words(n, n.from(1, 5));
                    n.outputs(2);
                    if (n.chance(50)) {
                        n.with("delimiter", n.oneOf("a", " ", "b "));
                    }
                    if (n.chance(40)) {
                        n.with("maxsplit", n.from(1, 2));
                    }
                }),
                row(20, "RegexFullMatch", n -> {
                    words(n, n.from(1, 5));
                    n.with("pattern", n.oneOf("[ab ]*", ".*c", "a.*", "(a|b).*"));
                }),
                row(10, "StringNormalizer", n -> {
                    words(n, n.from(1, 5));
                    // Changing case needs a locale, which machines lack.
                    n.with("stopwords", List.of("a", "ab")).with("is_case_sensitive", 1);
                }),
                between(9, 22, "TfIdfVectorizer", n -> {
                    int least = n.from(1, 2);
                    Tensor x = n.of(Fill.UNIT, n.oneOf(DType.I64, DType.I32), n.from(1, 3), n.from(2, 9));
                    n.with("min_gram_length", least).with("max_gram_length", n.from(least, 2));
                    n.with("max_skip_count", n.from(0, 2)).with("mode", n.oneOf("TF", "IDF", "TFIDF"));
                    n.with("ngram_counts", new long[] {0, 2}).with("ngram_indexes", new long[] {1, 0, 3, 2});
                    n.with("pool_int64s", new long[] {0, 1, 1, 0, 1, 1}).agreement(Agreement.sum(x.length(), 4));
                    if (n.chance(50)) {
                        n.with("weights", new float[] {0.5f, 2, 1, 3});
                    }
                }));
    }

    private static void loss(NodeDraw n) {
        long batch = n.from(1, 5);
        long classes = n.from(1, 7);
        long[] rest = n.oneOf(new long[0], new long[] {3}, new long[] {2, 3});
        long[] scores = LongStream.concat(LongStream.of(batch, classes), LongStream.of(rest))
                .toArray();
        long[] labels =
                LongStream.concat(LongStream.of(batch), LongStream.of(rest)).toArray();
        n.agreement(new Agreement(64, 400, 0));
        n.of(Fill.FINITE, DType.F32, scores);
        Tensor targets = Tensor.zeros(n.oneOf(DType.I64, DType.I32), labels);
        IntStream.range(0, targets.length())
                .forEach(i -> targets.elements().set(i, (long) n.from(0, (int) classes - 1)));
        n.fresh(targets, 60);
        if (n.chance(50)) {
            n.of(Fill.POSITIVE, DType.F32, classes);
        }
        n.with("reduction", n.oneOf("none", "mean", "sum"));
        // Where every label is ignored the mean is 0 / 0.
        if (n.chance(30)) {
            n.with("ignore_index", -1);
        }
    }

    private static void window(NodeDraw n) {
        n.fresh(Tensor.scalar(n.oneOf(DType.I64, DType.I32), (long) n.from(0, 17)), 20);
        // In f64 ONNX Runtime computes with constants of f32.
        n.with("periodic", n.from(0, 1)).agreement(Agreement.FUNCTION);
    }

    private static void words(NodeDraw n, int count) {
        String[] words = IntStream.range(0, count)
                .mapToObj(i -> n.oneOf("a", "ab", "b a", "abc", "c b a", "", " a b"))
                .toArray(String[]::new);
        n.fresh(Tensor.of(words, count), 60);
    }
}
