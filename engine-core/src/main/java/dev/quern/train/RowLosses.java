package dev.quern.train;

import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.ExprOp;
import dev.quern.op.Formula;
import dev.quern.op.Reduce;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.ShapeException;

/// Losses of whole rows of an output: distributions, directions, distances.
final class RowLosses {
    /// What PyTorch adds to the squared lengths of vectors whose angle it takes.
    private static final double LEAST_LENGTH = 1e-12;

    /// What PyTorch adds to differences whose length it takes.
    private static final double LEAST_DISTANCE = 1e-6;

    private RowLosses() {}

    static Value divergence(GraphBuilder g, Value scores, Value expected) {
        requireSame("the Kullback-Leibler divergence", scores, expected);
        Formula f = new Formula(g);
        Value logs = g.apply(new Softmaxes.LogSoftmax(-1), scores);
        Value each = ExprOp.apply(
                g,
                "Divergence",
                a -> Expr.select(
                        a.get(1).gt(0),
                        a.get(1).times(a.get(1).log().minus(a.get(0))),
                        a.get(1).like(0)),
                logs,
                f.cast(expected, scores.dtype()));
        Value sum = g.apply(new Reduce(Reduce.Kind.SUM, false), each);
        return f.div(sum, f.squeeze(f.cast(f.dim(scores, 0), scores.dtype()), 0));
    }

    static Value cosine(GraphBuilder g, Value output, Value label) {
        requireSame("the cosine loss", output, label);
        Formula f = new Formula(g);
        Value expected = f.cast(label, output.dtype());
        Value dot = f.reduce(Reduce.Kind.SUM, f.mul(output, expected), -1);
        Value each = ExprOp.apply(
                g,
                "OneMinusCosine",
                a -> a.get(0)
                        .like(1)
                        .minus(a.get(0)
                                .dividedBy(a.get(1)
                                        .plus(LEAST_LENGTH)
                                        .times(a.get(2).plus(LEAST_LENGTH))
                                        .sqrt())),
                dot,
                f.reduce(Reduce.Kind.SUM_SQUARE, output, -1),
                f.reduce(Reduce.Kind.SUM_SQUARE, expected, -1));
        return g.apply(new Reduce(Reduce.Kind.MEAN, false), each);
    }

    static Value triplet(GraphBuilder g, Value output, double margin) {
        boolean fits = output.rank() == 3
                && (!output.shape().dim(1).isFixed() || output.shape().dim(1).is(3));
        if (!fits) {
            throw new ShapeException("the triplet loss takes embeddings [N, 3, D], of an anchor, of one like it and of"
                    + " one unlike it, not " + output.type());
        }
        Formula f = new Formula(g);
        Value anchor = f.slice(output, 1, 0, 1);
        Value near = distance(f, anchor, f.slice(output, 1, 1, 2));
        Value far = distance(f, anchor, f.slice(output, 1, 2, 3));
        Value each = ExprOp.apply(
                g, "Triplet", a -> a.get(0).minus(a.get(1)).plus(margin).max(0), near, far);
        return g.apply(new Reduce(Reduce.Kind.MEAN, false), each);
    }

    private static Value distance(Formula f, Value a, Value b) {
        return f.reduce(Reduce.Kind.L2, f.add(f.sub(a, b), LEAST_DISTANCE), -1);
    }

    private static void requireSame(String name, Value output, Value label) {
        if (!output.shape().mayEqual(label.shape())) {
            throw new ShapeException(
                    name + " needs labels of the output's shape " + output.type() + ", not " + label.type());
        }
    }
}
