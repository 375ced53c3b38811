package dev.quern.onnx;

import dev.quern.expr.Expr;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.ExprOp;
import dev.quern.op.Reduce;
import dev.quern.op.Softmaxes;
import java.util.Locale;

/// What the classifiers and regressors of ONNX-ML do to scores, the attribute `post_transform`.
enum PostTransform {
    NONE,
    SOFTMAX,
    LOGISTIC,
    /// Softmax that leaves zeros alone.
    SOFTMAX_ZERO,
    /// The inverse of the normal distribution, by Winitzki's approximation of the inverse error function.
    PROBIT;

    static PostTransform of(NodeImport n) {
        String text = n.text("post_transform", "NONE");
        try {
            return valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new UnsupportedNodeException("unknown post_transform " + text);
        }
    }

    /// Scores in rows, `[N,K]`, transformed.
    Value apply(NodeImport n, Value scores) {
        return switch (this) {
            case NONE -> scores;
            case SOFTMAX -> n.apply(new Softmaxes.Softmax(1), scores);
            case LOGISTIC -> n.apply(Activations.SIGMOID, scores);
            case SOFTMAX_ZERO -> softmaxOfOthers(n, scores);
            case PROBIT -> ExprOp.apply(n.builder(), "Probit", x -> probit(x.getFirst()), scores);
        };
    }

    /// What is nearly 0 is not a score: it is scaled as the others are, and stays out of the sum.
    private static Value softmaxOfOthers(NodeImport n, Value scores) {
        Value axis = n.longs(1);
        Value max = n.apply(new Reduce(Reduce.Kind.MAX, true), scores, axis);
        Value e = n.apply(Arithmetic.EXP, n.apply(Arithmetic.SUB, scores, max));
        Value counted = ExprOp.apply(
                n.builder(),
                "Counted",
                a -> Expr.select(tiny(a.get(0)), a.get(1).like(0), a.get(1)),
                scores,
                e);
        Value sum = n.apply(new Reduce(Reduce.Kind.SUM, true), counted, axis);
        Value kept = ExprOp.apply(
                n.builder(),
                "KeepZeros",
                a -> Expr.select(
                        tiny(a.get(0)), a.get(0).times(a.get(1).negate().exp()), a.get(2)),
                scores,
                max,
                e);
        return n.apply(Arithmetic.DIV, kept, sum);
    }

    private static Expr tiny(Expr x) {
        return x.abs().le(x.like(1e-7));
    }

    private static Expr probit(Expr p) {
        Expr x = p.times(2).minus(1);
        Expr log = x.like(1).minus(x).times(x.plus(1)).log();
        Expr v = log.times(0.5).plus(2 / (3.14159 * 0.147));
        Expr root =
                v.times(v).minus(log.times(1 / 0.147)).sqrt().minus(v).sqrt().times(Math.sqrt(2));
        return Expr.select(x.lt(0), root.negate(), root);
    }
}
