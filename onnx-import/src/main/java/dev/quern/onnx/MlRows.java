package dev.quern.onnx;

import static dev.quern.onnx.Row.ml;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.ExprOp;
import dev.quern.op.Joining;
import dev.quern.op.Products;
import dev.quern.op.Reduce;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// ONNX-ML's preprocessing and linear models. Each becomes a few ordinary operators; the numbers in its attributes
/// become parameters, so that they train.
final class MlRows {
    private MlRows() {}

    static List<Row> rows() {
        return List.of(
                ml("Scaler", 1, MlRows::scaler),
                ml("Normalizer", 1, MlRows::normalizer),
                ml("Imputer", 1, MlRows::imputer),
                ml("Binarizer", 1, MlRows::binarizer),
                ml("FeatureVectorizer", 1, MlRows::featureVectorizer),
                ml("LinearRegressor", 1, MlRows::linearRegressor),
                ml("LinearClassifier", 1, MlRows::linearClassifier));
    }

    /// Operand `i` in f32, which is what the operators of ONNX-ML compute in.
    static Value floats(NodeImport n, int i) {
        Value x = n.in(i);
        return x.dtype() == DType.F32 ? x : n.apply(new Casting.Cast(DType.F32), x);
    }

    /// Operand 0 in f32 as rows: a vector is one row.
    static Value rows(NodeImport n) {
        Value x = floats(n, 0);
        return x.shape().isRanked() && x.rank() == 1 ? n.apply(new Shaping.Unsqueeze(), x, n.longs(0)) : x;
    }

    static float[] required(NodeImport n, String attribute) {
        return n.numbers(attribute)
                .orElseThrow(() -> new UnsupportedNodeException("attribute " + attribute + " is required"));
    }

    /// (x − offset) · scale.
    private static List<Value> scaler(NodeImport n) {
        float[] offset = n.numbers("offset").orElse(new float[1]);
        float[] scale = n.numbers("scale").orElse(new float[] {1});
        Value shifted = n.apply(Arithmetic.SUB, floats(n, 0), n.parameter("offset", Tensor.of(offset, offset.length)));
        return n.result(Arithmetic.MUL, shifted, n.parameter("scale", Tensor.of(scale, scale.length)));
    }

    /// Each row divided by its greatest number, by Σ|x|, or by √Σx²; a row whose divisor is 0 stays as it is.
    private static List<Value> normalizer(NodeImport n) {
        Value x = floats(n, 0);
        Reduce.Kind kind = switch (n.text("norm", "MAX")) {
            case "MAX" -> Reduce.Kind.MAX;
            case "L1" -> Reduce.Kind.L1;
            case "L2" -> Reduce.Kind.L2;
            default -> throw new UnsupportedNodeException("unknown norm " + n.text("norm", "MAX"));
        };
        Value size = n.apply(new Reduce(kind, true), x, n.longs(-1));
        return List.of(ExprOp.apply(
                n.builder(),
                "Normalizer",
                a -> Expr.select(
                        a.get(1).eq(a.get(1).like(0)), a.get(0), a.get(0).dividedBy(a.get(1))),
                x,
                size));
    }

    /// Elements that equal the value to be replaced (or are NaN where that is NaN) become the imputed value of
    /// their column.
    private static List<Value> imputer(NodeImport n) {
        Value x = n.in(0);
        boolean integers = n.hasAttribute("imputed_value_int64s");
        Tensor values;
        double replaced;
        if (integers) {
            long[] imputed = n.integers("imputed_value_int64s", new long[0]);
            values = Tensor.of(imputed, imputed.length);
            replaced = n.integer("replaced_value_int64", 0);
        } else {
            float[] imputed = required(n, "imputed_value_floats");
            values = Tensor.of(imputed, imputed.length);
            replaced = n.number("replaced_value_float", 0);
        }
        Value imputed = n.parameter(integers ? "imputed_value_int64s" : "imputed_value_floats", values);
        Value of = imputed.dtype() == x.dtype() ? imputed : n.apply(new Casting.Cast(x.dtype()), imputed);
        return List.of(ExprOp.apply(
                n.builder(), "Imputer", a -> Expr.select(isMissing(a.get(0), replaced), a.get(1), a.get(0)), x, of));
    }

    private static Expr isMissing(Expr x, double replaced) {
        return Double.isNaN(replaced) ? x.apply(UnaryFn.IS_NAN) : x.eq(x.like(replaced));
    }

    /// 1 above the threshold, else 0.
    private static List<Value> binarizer(NodeImport n) {
        double threshold = n.number("threshold", 0);
        return List.of(ExprOp.apply(
                n.builder(),
                "Binarizer",
                a -> a.getFirst().gt(threshold).castTo(a.getFirst().dtype()),
                n.in(0)));
    }

    /// All columns of all operands beside each other, in f32.
    private static List<Value> featureVectorizer(NodeImport n) {
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < n.size(); i++) {
            Value x = floats(n, i);
            parts.add(x.rank() == 1 ? n.apply(new Shaping.Unsqueeze(), x, n.longs(0)) : x);
        }
        return n.result(new Joining.Concat(1), parts);
    }

    /// X · Wᵀ + b with `coefficients` in K rows and `intercepts`.
    private static Value linear(NodeImport n, int outputs) {
        float[] coefficients = required(n, "coefficients");
        if (outputs == 0 || coefficients.length % outputs != 0) {
            throw new UnsupportedNodeException(coefficients.length + " coefficients do not make " + outputs + " rows");
        }
        Tensor w = Tensor.of(coefficients, outputs, coefficients.length / outputs);
        float[] intercepts =
                n.numbers("intercepts").filter(b -> b.length == outputs).orElse(new float[outputs]);
        return n.apply(
                new Products.Gemm(1, 1, false, true),
                rows(n),
                n.parameter("coefficients", w),
                n.parameter("intercepts", Tensor.of(intercepts, outputs)));
    }

    private static List<Value> linearRegressor(NodeImport n) {
        int targets = (int) n.integer("targets", 1);
        PostTransform transform = PostTransform.of(n);
        Value y = linear(n, targets);
        // like ONNX Runtime, which transforms a single target by PROBIT only
        boolean plain = targets == 1 && transform != PostTransform.PROBIT;
        return List.of(plain ? y : transform.apply(n, y));
    }

    /// Labels from the scores; of a single score s the scores are [1 − s, s] and the second label wins above 0.
    private static List<Value> linearClassifier(NodeImport n) {
        ClassLabels labels = ClassLabels.of(n);
        PostTransform transform = PostTransform.of(n);
        int outputs =
                n.numbers("intercepts").map(b -> b.length).filter(k -> k > 0).orElse(labels.count());
        Value scores = linear(n, outputs);
        if (outputs > 1) {
            return List.of(labels.ofHighest(n, scores), transform.apply(n, scores));
        }
        Value label = labels.ofPositive(n, scores, 0);
        boolean single = transform == PostTransform.PROBIT || transform == PostTransform.LOGISTIC;
        Value first = single ? transform.apply(n, scores) : scores;
        return List.of(label, labels.count() == 2 ? complement(n, first) : first);
    }

    /// [1 − s, s] for `[N,1]`.
    static Value complement(NodeImport n, Value score) {
        Value other = n.apply(Arithmetic.SUB, n.scalar(score.dtype(), 1), score);
        return n.apply(new Joining.Concat(1), other, score);
    }
}
