package dev.quern.train;

import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.ArgReduce;
import dev.quern.op.Casting;
import dev.quern.op.ExprOp;
import dev.quern.op.Reduce;
import dev.quern.tensor.DType;

/// The usual metrics.
public final class Metrics {
    private Metrics() {}

    /// The share of rows whose highest score, along axis 1 of [N, C, …], is that of the label, a class index [N,
    /// …].
    public static Metric accuracy() {
        return new Metric("accuracy", (g, scores, label) -> {
            Value best = g.apply(new ArgReduce(true, 1, false, false), scores);
            Value wanted = label.dtype() == DType.I64 ? label : g.apply(new Casting.Cast(DType.I64), label);
            return share(g, ExprOp.apply(g, "Right", a -> a.get(0).eq(a.get(1)).castTo(DType.F32), best, wanted));
        });
    }

    /// The share of logits whose sign says what the label, 0 or 1, says.
    public static Metric binaryAccuracy() {
        return new Metric("accuracy", (g, logits, label) -> {
            Value wanted = label.dtype() == logits.dtype() ? label : g.apply(new Casting.Cast(logits.dtype()), label);
            return share(
                    g,
                    ExprOp.apply(
                            g,
                            "Right",
                            a -> said(a.get(0), 0).eq(said(a.get(1), 0.5)).castTo(DType.F32),
                            logits,
                            wanted));
        });
    }

    private static Expr said(Expr x, double above) {
        return x.gt(above).castTo(DType.I32);
    }

    private static Value share(GraphBuilder g, Value right) {
        return g.apply(new Reduce(Reduce.Kind.MEAN, false), right);
    }
}
