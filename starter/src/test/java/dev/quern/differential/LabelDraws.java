package dev.quern.differential;

import static dev.quern.differential.OperatorDraw.between;

import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Classical machine learning: labels and categories, support vectors that classify, the newer form of trees.
final class LabelDraws {
    private static final String ML = "ai.onnx.ml";
    private static final long[] INTS = {1, 2, 5};
    private static final float[] FLOATS = {-1.5f, 0, 2};
    private static final List<String> STRINGS = List.of("a", "b", "c");

    private LabelDraws() {}

    private static OperatorDraw ml(int since, int until, String name, Consumer<NodeDraw> recipe) {
        return between(since, until, name, n -> recipe.accept(n.domain(ML)));
    }

    static List<OperatorDraw> rows() {
        return List.of(
                ml(7, 8, "LabelEncoder classes", n -> {
                    boolean strings = n.chance(50);
                    n.of(Fill.FINITE, strings ? DType.STRING : DType.I64, n.solid(1, 2));
                    n.with("classes_strings", STRINGS).with("default_int64", -7).with("default_string", "none");
                }),
                ml(9, OperatorDraw.NEWEST, "LabelEncoder lists", LabelDraws::lists),
                ml(20, OperatorDraw.NEWEST, "LabelEncoder tensors", LabelDraws::tensors),
                ml(7, OperatorDraw.NEWEST, "CategoryMapper", n -> {
                    n.of(Fill.FINITE, n.oneOf(DType.STRING, DType.I64), n.solid(1, 2));
                    n.with("cats_int64s", INTS).with("cats_strings", STRINGS);
                    n.with("default_int64", -7).with("default_string", "none");
                }),
                ml(7, OperatorDraw.NEWEST, "OneHotEncoder", n -> {
                    if (n.chance(40)) {
                        n.of(Fill.FINITE, DType.STRING, n.solid(1, 2));
                        n.with("cats_strings", List.of("a", "b", "c", "d", "e"));
                    } else {
                        n.of(Fill.POSITIVE, n.type(DType.I64, DType.F32, DType.F64, DType.I32), n.solid(1, 2));
                        n.with("cats_int64s", new long[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
                    }
                    n.with("zeros", 1);
                }),
                ml(7, OperatorDraw.NEWEST, "SVMClassifier", LabelDraws::svm),
                ml(21, OperatorDraw.NEWEST, "TreeEnsemble", LabelDraws::stumps));
    }

    /// Any list of keys to any list of values.
    private static void lists(NodeDraw n) {
        switch (n.from(0, 2)) {
            case 0 -> keys(n, DType.STRING).with("keys_strings", STRINGS);
            case 1 -> keys(n, DType.I64).with("keys_int64s", INTS);
            default -> keys(n, DType.F32).with("keys_floats", FLOATS);
        }
        switch (n.from(0, 2)) {
            case 0 -> n.with("values_strings", List.of("x", "y", "")).with("default_string", "none");
            case 1 -> n.with("values_int64s", new long[] {7, -8, 0}).with("default_int64", -5);
            default -> n.with("values_floats", new float[] {0.5f, -1, 8}).with("default_float", n.real(-1, 1));
        }
    }

    /// Labels of which some are keys.
    private static NodeDraw keys(NodeDraw n, DType dtype) {
        Tensor labels = Tensor.zeros(dtype, n.solid(1, 2));
        for (int i = 0; i < labels.length(); i++) {
            if (dtype == DType.STRING) {
                labels.elements().set(i, n.oneOf("a", "b", "c", "d"));
            } else if (dtype.isFloat()) {
                labels.elements().set(i, (double) n.oneOf(-1.5f, 0f, 2f, 0.25f));
            } else {
                labels.elements().set(i, n.oneOf(1L, 2L, 5L, 3L));
            }
        }
        n.fresh(labels, 60);
        return n;
    }

    private static void tensors(NodeDraw n) {
        DType key = n.oneOf(DType.STRING, DType.I64, DType.F32, DType.F64, DType.I32, DType.I16);
        DType value = n.oneOf(DType.STRING, DType.I64, DType.F32, DType.F64, DType.I32, DType.I16);
        keys(n, key).with("keys_tensor", table(key, STRINGS, FLOATS, INTS));
        float[] reals = {0.5f, -1, 8};
        n.with("values_tensor", table(value, List.of("x", "y", ""), reals, new long[] {7, -8, 0}));
        n.with("default_tensor", table(value, List.of("none"), new float[] {-5}, new long[] {-5}));
    }

    private static Tensor table(DType dtype, List<String> strings, float[] reals, long[] longs) {
        Tensor t = Tensor.zeros(dtype, strings.size());
        IntStream.range(0, strings.size()).forEach(i -> {
            if (dtype == DType.STRING) {
                t.elements().set(i, strings.get(i));
            } else if (dtype.isFloat()) {
                t.elements().set(i, (double) reals[i]);
            } else {
                t.elements().set(i, longs[i]);
            }
        });
        return t;
    }

    private static void svm(NodeDraw n) {
        int features = n.from(1, 5);
        int classes = n.from(2, 4);
        int vectors = classes * n.from(1, 3);
        int pairs = classes * (classes - 1) / 2;
        n.of(Fill.UNIT, DType.F32, n.from(1, 9), features);
        n.agreement(new Agreement(200, 2000, 0)).outputs(2);
        n.with("support_vectors", MlDraws.reals(n, (long) vectors * features));
        n.with("coefficients", MlDraws.reals(n, (long) vectors * (classes - 1)));
        n.with("rho", MlDraws.reals(n, pairs));
        long[] each = new long[classes];
        Arrays.fill(each, vectors / classes);
        n.with("vectors_per_class", each);
        if (n.chance(40)) {
            n.with("prob_a", MlDraws.reals(n, pairs)).with("prob_b", MlDraws.reals(n, pairs));
        }
        MlDraws.kernel(n);
        MlDraws.labels(n, "classlabels_ints", "classlabels_strings", classes);
        n.with("post_transform", "NONE");
    }

    /// Trees of one node with two leaves each.
    private static void stumps(NodeDraw n) {
        int trees = n.from(1, 4);
        int features = n.from(1, 5);
        int targets = n.from(1, 3);
        DType dtype = n.type(DType.F32, DType.F64);
        n.of(Fill.FINITE, dtype, n.from(1, 20), features);
        n.agreement(Agreement.sum(8, 10)).with("n_targets", targets);
        // SUM, MIN, MAX; and no transform.
        n.with("aggregate_function", n.oneOf(1L, 2L, 3L)).with("post_transform", 0);
        n.with("tree_roots", IntStream.range(0, trees).mapToLong(i -> i).toArray());
        n.with("nodes_featureids", numbers(n, trees, features));
        n.with("nodes_splits", reals(n, dtype, trees));
        Tensor modes = Tensor.zeros(DType.U8, trees);
        IntStream.range(0, trees).forEach(i -> modes.elements().set(i, (long) n.from(0, 5)));
        n.with("nodes_modes", modes);
        n.with(
                "nodes_truenodeids",
                IntStream.range(0, trees).mapToLong(i -> 2L * i).toArray());
        n.with(
                "nodes_falsenodeids",
                IntStream.range(0, trees).mapToLong(i -> 2L * i + 1).toArray());
        long[] ones = new long[trees];
        Arrays.fill(ones, 1);
        n.with("nodes_trueleafs", ones).with("nodes_falseleafs", ones);
        n.with("leaf_targetids", numbers(n, 2 * trees, targets));
        n.with("leaf_weights", reals(n, dtype, 2 * trees));
    }

    private static long[] numbers(NodeDraw n, int count, int below) {
        return IntStream.range(0, count).mapToLong(i -> n.from(0, below - 1)).toArray();
    }

    private static Tensor reals(NodeDraw n, DType dtype, int count) {
        Tensor t = Tensor.zeros(dtype, count);
        IntStream.range(0, count).forEach(i -> t.elements().set(i, (double) n.real(-2, 2)));
        return t;
    }
}
