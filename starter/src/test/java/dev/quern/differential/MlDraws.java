package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.between;
import static dev.quern.differential.OperatorDraw.row;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Classical machine learning: ai.onnx.ml.
final class MlDraws {
    private static final String ML = "ai.onnx.ml";

    private MlDraws() {}

    private static OperatorDraw ml(String name, Consumer<NodeDraw> recipe) {
        return row(7, name, n -> recipe.accept(n.domain(ML)));
    }

    /// Replaced by TreeEnsemble in version 5 of the domain.
    private static OperatorDraw trees(String name, Consumer<NodeDraw> recipe) {
        return between(7, 20, name, n -> recipe.accept(n.domain(ML)));
    }

    static List<OperatorDraw> rows() {
        return List.of(
                ml("Binarizer", n -> {
                    n.any(Fill.FINITE, 1, 3, DType.F32, DType.F64, DType.I64, DType.I32);
                    n.with("threshold", n.real(-1, 1));
                }),
                ml("Normalizer", n -> {
                    // Rows of zeros divide by zero in ONNX Runtime alone.
                    n.of(Fill.DIVISOR, n.type(DType.F32, DType.F64, DType.I64, DType.I32), n.from(1, 9), n.positive());
                    n.agreement(Agreement.FUNCTION).with("norm", n.oneOf("MAX", "L1", "L2"));
                }),
                ml("Scaler", n -> {
                    long c = n.positive();
                    n.of(Fill.FINITE, n.type(DType.F32, DType.F64, DType.I64, DType.I32), n.from(1, 9), c);
                    n.agreement(Agreement.sum(1, 200));
                    n.with("offset", reals(n, n.chance(20) ? 1 : c)).with("scale", reals(n, n.chance(20) ? 1 : c));
                }),
                ml("Imputer", n -> {
                    long c = n.positive();
                    if (n.chance(60)) {
                        n.of(Fill.ANY, DType.F32, n.from(1, 9), c);
                        n.with("imputed_value_floats", reals(n, n.chance(30) ? 1 : c));
                        n.with("replaced_value_float", n.oneOf(Float.NaN, 0f, 0.5f));
                    } else {
                        n.of(Fill.FINITE, DType.I64, n.from(1, 9), c);
                        n.with("imputed_value_int64s", longs(n, n.chance(30) ? 1 : c));
                        n.with("replaced_value_int64", n.from(-1, 1));
                    }
                }),
                ml("ArrayFeatureExtractor", n -> {
                    Tensor x = n.of(Fill.FINITE, n.type(DType.F32, DType.F64, DType.I64, DType.I32), n.solid(1, 3));
                    long last = x.shape().dim(-1).extent();
                    int count = n.from(1, 4);
                    long[] picked = LongStream.generate(() -> n.from(0, (int) last - 1))
                            .limit(count)
                            .toArray();
                    n.fresh(Tensor.of(picked, count), 30);
                }),
                ml("FeatureVectorizer", n -> {
                    long rows = n.from(1, 5);
                    long[] widths = LongStream.generate(() -> n.from(1, 4))
                            .limit(n.from(1, 3))
                            .toArray();
                    DType dtype = n.type(DType.F32, DType.F64, DType.I64, DType.I32);
                    for (long w : widths) {
                        n.of(Fill.FINITE, dtype, rows, w);
                    }
                    n.with("inputdimensions", widths);
                }),
                ml("LinearRegressor", n -> {
                    long c = n.positive();
                    long targets = n.from(1, 3);
                    n.agreement(Agreement.sum(c, 20));
                    n.of(Fill.FINITE, n.type(DType.F32), n.from(1, 9), c);
                    n.with("coefficients", reals(n, c * targets)).with("targets", targets);
                    if (n.chance(70)) {
                        n.with("intercepts", reals(n, targets));
                    }
                }),
                ml("LinearClassifier", n -> {
                    long c = n.positive();
                    long classes = n.from(2, 4);
                    long rows = classes == 2 && n.chance(50) ? 1 : classes;
                    n.agreement(new Agreement(64, 200, 0));
                    n.of(Fill.FINITE, n.type(DType.F32, DType.F64, DType.I64, DType.I32), n.from(1, 9), c);
                    n.with("coefficients", reals(n, c * rows))
                            .with("intercepts", reals(n, rows))
                            .outputs(2);
                    n.with("multi_class", n.from(0, 1));
                    n.with("post_transform", n.oneOf("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"));
                    labels(n, "classlabels_ints", "classlabels_strings", classes);
                }),
                ml("SVMRegressor", n -> {
                    int c = n.from(1, 5);
                    int vectors = n.from(1, 5);
                    n.agreement(new Agreement(200, 2000, 0));
                    n.of(Fill.UNIT, DType.F32, n.from(1, 9), c);
                    n.with("support_vectors", reals(n, (long) c * vectors)).with("coefficients", reals(n, vectors));
                    n.with("n_supports", vectors).with("rho", reals(n, 1));
                    kernel(n);
                }),
                trees("TreeEnsembleRegressor", n -> {
                    long c = n.positive();
                    long targets = n.from(1, 3);
                    n.of(Fill.FINITE, n.type(DType.F32, DType.F64, DType.I64, DType.I32), n.from(1, 40), c);
                    n.agreement(Agreement.sum(20, 10)).with("n_targets", targets);
                    n.with("aggregate_function", n.oneOf("SUM", "AVERAGE", "MIN", "MAX"));
                    if (n.chance(50)) {
                        n.with("base_values", reals(n, targets));
                    }
                    trees(n, c, targets, "target", false);
                }),
                trees("TreeEnsembleClassifier", n -> {
                    long c = n.positive();
                    long classes = n.from(2, 4);
                    n.of(Fill.FINITE, n.type(DType.F32, DType.F64, DType.I64, DType.I32), n.from(1, 40), c);
                    n.agreement(new Agreement(64, 200, 0)).outputs(2);
                    n.with("post_transform", n.oneOf("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"));
                    labels(n, "classlabels_int64s", "classlabels_strings", classes);
                    // With a score for each of two classes ONNX Runtime looks at the second alone.
                    trees(n, c, classes, "class", classes == 2);
                }));
    }

    static float[] reals(NodeDraw n, long count) {
        float[] values = new float[(int) count];
        IntStream.range(0, values.length).forEach(i -> values[i] = n.real(-2, 2));
        return values;
    }

    private static long[] longs(NodeDraw n, long count) {
        return LongStream.generate(() -> n.from(-5, 5)).limit(count).toArray();
    }

    static void labels(NodeDraw n, String ints, String strings, long classes) {
        if (n.chance(50)) {
            // ONNX Runtime answers 0 and 1 for some ensembles of two classes, whatever their labels.
            n.with(
                    ints,
                    LongStream.range(0, classes)
                            .map(i -> classes == 2 ? i : 10 + 3 * i)
                            .toArray());
        } else {
            n.with(
                    strings,
                    IntStream.range(0, (int) classes).mapToObj(i -> "label" + i).toList());
        }
    }

    static void kernel(NodeDraw n) {
        n.with("kernel_type", n.oneOf("LINEAR", "POLY", "RBF", "SIGMOID"));
        n.with("kernel_params", new float[] {n.real(0.1, 1), n.real(0, 1), n.from(1, 3)});
    }

    /// Trees of depth two: node 0 with children 1 and 2, leaves 3 … 6.
    ///
    /// Every row gets a score of every target, as from trees that are trained: ONNX Runtime leaves out base
    /// values, and labels, of targets without one.
    private static void trees(NodeDraw n, long features, long targets, String leaf, boolean one) {
        boolean each = !one && n.chance(50);
        int count = one || each ? n.from(1, 5) : (int) targets * n.from(1, 3);
        int nodes = 7 * count;
        long[] own = IntStream.range(0, nodes).mapToLong(i -> i % 7).toArray();
        n.with("nodes_treeids", IntStream.range(0, nodes).mapToLong(i -> i / 7).toArray());
        n.with("nodes_nodeids", own);
        n.with(
                "nodes_featureids",
                LongStream.generate(() -> n.from(0, (int) features - 1))
                        .limit(nodes)
                        .toArray());
        n.with(
                "nodes_truenodeids",
                Arrays.stream(own).map(i -> i > 2 ? 0 : 2 * i + 1).toArray());
        n.with(
                "nodes_falsenodeids",
                Arrays.stream(own).map(i -> i > 2 ? 0 : 2 * i + 2).toArray());
        String same = n.oneOf("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "");
        n.with("nodes_modes", Arrays.stream(own).mapToObj(i -> mode(n, i, same)).toList());
        float[] thresholds = reals(n, nodes);
        for (int i = 0; i < nodes; i++) {
            thresholds[i] = n.chance(50) ? Math.round(thresholds[i] * 4) / 4f : thresholds[i];
        }
        n.with("nodes_values", thresholds);
        if (n.chance(40)) {
            n.with(
                    "nodes_missing_value_tracks_true",
                    LongStream.generate(() -> n.from(0, 1)).limit(nodes).toArray());
        }
        int per = each ? (int) targets : 1;
        long only = n.from(0, 1);
        long[] leaves = LongStream.range(0, 4L * count * per).toArray();
        n.with(leaf + "_treeids", Arrays.stream(leaves).map(i -> i / per / 4).toArray());
        n.with(
                leaf + "_nodeids",
                Arrays.stream(leaves).map(i -> 3 + i / per % 4).toArray());
        n.with(
                leaf + "_ids",
                Arrays.stream(leaves)
                        .map(i -> one ? only : each ? i % per : i / 4 % targets)
                        .toArray());
        float[] weights = reals(n, leaves.length);
        boolean positive = n.chance(50);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = positive ? Math.abs(weights[i]) / 4 : weights[i];
        }
        n.with(leaf + "_weights", weights);
    }

    private static String mode(NodeDraw n, long node, String same) {
        if (node > 2) {
            return "LEAF";
        }
        return same.isEmpty() ? n.oneOf("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT") : same;
    }
}
