package dev.quern.onnx;

import static dev.quern.onnx.Row.ml;

import dev.quern.expr.Expr;
import dev.quern.graph.Value;
import dev.quern.op.ArgReduce;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.ExprOp;
import dev.quern.op.Indexing;
import dev.quern.op.Joining;
import dev.quern.op.PairwiseCoupling;
import dev.quern.op.Products;
import dev.quern.op.Reduce;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/// Support vector machines of ONNX-ML: kernels and sums in f64 (distances cancel in f32), results in f32.
final class SvmRows {
    private SvmRows() {}

    static List<Row> rows() {
        return List.of(ml("SVMRegressor", 1, SvmRows::regressor), ml("SVMClassifier", 1, SvmRows::classifier));
    }

    private static Value doubles(NodeImport n, Value v) {
        return n.apply(new Casting.Cast(DType.F64), v);
    }

    private static Value floats(NodeImport n, Value v) {
        return n.apply(new Casting.Cast(DType.F32), v);
    }

    /// An attribute of floats as a matrix in f64.
    private static Value matrix(NodeImport n, String name, int rows) {
        float[] values = MlRows.required(n, name);
        if (rows <= 0 || values.length % rows != 0) {
            throw new UnsupportedNodeException(values.length + " " + name + " do not make " + rows + " rows");
        }
        return doubles(n, n.parameter(name, Tensor.of(values, rows, values.length / rows)));
    }

    /// The kernel function of each row of X with each row of `vectors`.
    private static Value kernel(NodeImport n, Value vectors, boolean linear) {
        Value x = doubles(n, MlRows.rows(n));
        Value dot = n.apply(new Products.Gemm(1, 1, false, true), x, vectors);
        float[] parameters =
                n.numbers("kernel_params").filter(p -> p.length == 3).orElse(new float[3]);
        double gamma = parameters[0];
        double shift = parameters[1];
        double degree = parameters[2];
        String type = linear ? "LINEAR" : n.text("kernel_type", "LINEAR");
        return switch (type) {
            case "LINEAR" -> dot;
            case "POLY" -> of(n, a -> power(a.times(gamma).plus(shift), degree), dot);
            case "SIGMOID" -> of(n, a -> a.times(gamma).plus(shift).tanh(), dot);
            case "RBF" -> {
                Value distance = n.apply(
                        Arithmetic.SUB,
                        n.apply(Arithmetic.ADD, squares(n, x), transposedSquares(n, vectors)),
                        n.apply(Arithmetic.MUL, dot, n.scalar(DType.F64, 2)));
                yield of(n, a -> a.max(0).times(-gamma).exp(), distance);
            }
            default -> throw new UnsupportedNodeException("unknown kernel_type " + type);
        };
    }

    private static Expr power(Expr x, double degree) {
        return x.pow(x.like(degree));
    }

    private static Value of(NodeImport n, UnaryOperator<Expr> f, Value x) {
        return ExprOp.apply(n.builder(), "Kernel", a -> f.apply(a.getFirst()), x);
    }

    private static Value squares(NodeImport n, Value rows) {
        return n.apply(new Reduce(Reduce.Kind.SUM_SQUARE, true), rows, n.longs(1));
    }

    private static Value transposedSquares(NodeImport n, Value rows) {
        return n.apply(new Reduce(Reduce.Kind.SUM_SQUARE, false), rows, n.longs(1));
    }

    private static Value rho(NodeImport n, int count) {
        float[] rho = MlRows.required(n, "rho");
        return doubles(n, n.parameter("rho", Tensor.of(Arrays.copyOf(rho, count), count)));
    }

    private static List<Value> regressor(NodeImport n) {
        int supports = (int) n.integer("n_supports", 0);
        Value y;
        if (supports > 0) {
            Value k = kernel(n, matrix(n, "support_vectors", supports), false);
            y = n.apply(new Products.Gemm(1, 1, false, true), k, matrix(n, "coefficients", 1), rho(n, 1));
        } else {
            y = n.apply(Arithmetic.ADD, kernel(n, matrix(n, "coefficients", 1), true), rho(n, 1));
        }
        if (n.flag("one_class", false)) {
            y = of(n, a -> Expr.select(a.gt(0), a.like(1), a.like(-1)), y);
        }
        return n.result(new Casting.Cast(DType.F32), y);
    }

    private static List<Value> classifier(NodeImport n) {
        ClassLabels labels = ClassLabels.of(n);
        long[] perClass = n.integers("vectors_per_class", new long[0]);
        return Arrays.stream(perClass).sum() > 0 ? pairwise(n, labels, perClass) : linear(n, labels);
    }

    /// Without support vectors: a row of coefficients for each class.
    private static List<Value> linear(NodeImport n, ClassLabels labels) {
        Value scores = n.apply(Arithmetic.ADD, kernel(n, matrix(n, "coefficients", labels.count()), true), rho(n, 1));
        Value index = n.apply(new ArgReduce(true, 1, false, false), scores);
        if (labels.count() == 2 && !n.hasAttribute("prob_a")) {
            // like ONNX Runtime: the second class wins as soon as any score is high
            boolean positive = allPositive(n);
            Value best = n.apply(new Reduce(Reduce.Kind.MAX, false), scores, n.longs(1));
            index = ExprOp.apply(
                    n.builder(),
                    "Chosen",
                    a -> Expr.select(
                            positive
                                    ? a.get(1).ge(a.get(1).like(0.5))
                                    : a.get(1).gt(0),
                            a.get(0).like(1),
                            a.get(0)),
                    index,
                    best);
        }
        return List.of(labels.at(n, index), PostTransform.of(n).apply(n, floats(n, scores)));
    }

    private static boolean allPositive(NodeImport n) {
        for (float c : MlRows.required(n, "coefficients")) {
            if (c < 0) {
                return false;
            }
        }
        return true;
    }

    /// One decision for each pair of classes; the class with most votes wins, the first among equals.
    private static List<Value> pairwise(NodeImport n, ClassLabels labels, long[] perClass) {
        SvmPairs pairs = SvmPairs.of(perClass);
        if (labels.count() != perClass.length || MlRows.required(n, "rho").length < pairs.count()) {
            throw new UnsupportedNodeException("labels, vectors_per_class and rho do not fit together");
        }
        Value k = kernel(n, matrix(n, "support_vectors", pairs.vectors()), false);
        Value coefficients = matrix(n, "coefficients", pairs.classes() - 1);
        Value flat = n.apply(new Shaping.Reshape(false), coefficients, n.longs(-1));
        Value weights = n.apply(
                Arithmetic.MUL,
                n.apply(new Indexing.Gather(0), flat, n.constant(pairs.places())),
                n.constant(pairs.mask()));
        Value exact = n.apply(Arithmetic.ADD, n.apply(new Products.MatMul(), k, weights), rho(n, pairs.count()));
        Value won = of(n, a -> a.gt(0).castTo(DType.F64), exact);
        Value lost = of(n, a -> a.gt(0).not().castTo(DType.F64), exact);
        Value votes = n.apply(
                Arithmetic.ADD,
                n.apply(new Products.MatMul(), won, n.constant(pairs.sides(true))),
                n.apply(new Products.MatMul(), lost, n.constant(pairs.sides(false))));
        return List.of(labels.ofHighest(n, votes), scores(n, floats(n, exact), pairs));
    }

    private static Value scores(NodeImport n, Value decisions, SvmPairs pairs) {
        PostTransform transform = PostTransform.of(n);
        if (n.hasAttribute("prob_a")) {
            Value a = vector(n, "prob_a", pairs.count());
            Value b = vector(n, "prob_b", pairs.count());
            Value p = ExprOp.apply(
                    n.builder(),
                    "Platt",
                    x -> x.get(0).times(x.get(1)).plus(x.get(2)).negate().sigmoid(),
                    decisions,
                    a,
                    b);
            return transform.apply(n, n.apply(new PairwiseCoupling(pairs.classes()), p));
        }
        if (pairs.classes() > 2) {
            return transform.apply(n, decisions);
        }
        return transform == PostTransform.NONE
                ? n.apply(new Joining.Concat(1), n.apply(Arithmetic.NEG, decisions), decisions)
                : MlRows.complement(n, decisions);
    }

    private static Value vector(NodeImport n, String name, int count) {
        float[] values = MlRows.required(n, name);
        if (values.length != count) {
            throw new UnsupportedNodeException(name + " must have " + count + " elements, not " + values.length);
        }
        return n.parameter(name, Tensor.of(values, count));
    }
}
