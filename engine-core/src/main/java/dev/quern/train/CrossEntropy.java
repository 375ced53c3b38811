package dev.quern.train;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.ExprOp;
import dev.quern.op.Reduce;
import dev.quern.op.Reductions;
import dev.quern.op.Shaping;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.Optional;
import java.util.OptionalLong;

/// Cross-entropy of scores [N, C, …] and class indices [N, …], as PyTorch's `cross_entropy` with mean reduction. Where a
/// model ends in a softmax over the classes, the scores are what it takes.
///
/// @param labelSmoothing share of each target that is spread over all classes (Szegedy et al., 2016)
/// @param ignoreIndex a label that counts for nothing
/// @param weights a weight for each class
public record CrossEntropy(double labelSmoothing, OptionalLong ignoreIndex, Optional<Tensor> weights) implements Loss {
    private static final int CLASSES = 1;

    public CrossEntropy {
        if (labelSmoothing < 0 || labelSmoothing > 1) {
            throw new IllegalArgumentException("label smoothing must be in [0, 1], not " + labelSmoothing);
        }
    }

    public CrossEntropy labelSmoothing(double share) {
        return new CrossEntropy(share, ignoreIndex, weights);
    }

    public CrossEntropy ignoreIndex(long label) {
        return new CrossEntropy(labelSmoothing, OptionalLong.of(label), weights);
    }

    public CrossEntropy weights(float... byClass) {
        return new CrossEntropy(labelSmoothing, ignoreIndex, Optional.of(Tensor.of(byClass, byClass.length)));
    }

    @Override
    public void check(Value scores, Tensor labels) {
        requireFit(scores, labels.dtype(), labels.rank());
        Dim classes = scores.shape().dim(CLASSES);
        for (int i = 0; i < labels.length(); i++) {
            long label = labels.getLong(i);
            boolean ignored = ignoreIndex.isPresent() && label == ignoreIndex.getAsLong();
            if (!ignored && (label < 0 || (classes.isFixed() && label >= classes.extent()))) {
                throw new DataException("label " + label + " of element " + i + " is outside the " + classes
                        + " classes of the scores " + scores.type());
            }
        }
    }

    private static void requireFit(Value scores, DType labels, int rank) {
        if (!labels.isInteger() || scores.rank() < 2 || rank != scores.rank() - 1) {
            throw new ShapeException("cross-entropy takes scores [N, C, …] and class indices [N, …], not scores "
                    + scores.type() + " and labels of type " + labels + " and rank " + rank);
        }
    }

    @Override
    public Value of(GraphBuilder g, Value output, Value label) {
        requireFit(output, label.dtype(), label.rank());
        Value target = label.dtype() == DType.I64 ? label : g.apply(new Casting.Cast(DType.I64), label);
        target = g.apply(new Shaping.Unsqueeze(), target, g.longs(CLASSES));
        Value all = g.apply(Arithmetic.NEG, g.apply(new Softmaxes.LogSoftmax(CLASSES), scores(output)));
        Value likelihood = atLabel(g, all, target);
        if (weights.isEmpty() && ignoreIndex.isEmpty() && labelSmoothing == 0) {
            return g.apply(new Reduce(Reduce.Kind.MEAN, false), likelihood);
        }
        return general(g, target, likelihood, all);
    }

    /// What the softmax at the end of a model takes, else the output itself: the loss has a softmax of its own, and the
    /// logarithm of the model's would lose small likelihoods.
    private static Value scores(Value output) {
        return output.producer()
                .filter(n -> n.op() instanceof Softmaxes.Softmax(int axis)
                        && Shape.axis(axis, output.rank()) == CLASSES)
                .map(n -> n.input(0))
                .orElse(output);
    }

    /// Σ w·((1−ε)·nll + ε·mean over classes) / Σ w over the labels that count.
    ///
    /// @param likelihood minus the logarithm of the likelihood of the label, [N, 1, …]
    /// @param all that of every class, [N, C, …]
    private Value general(GraphBuilder g, Value target, Value likelihood, Value all) {
        Value counts = ExprOp.apply(
                g, "Counts", a -> counts(a.get(0)).castTo(likelihood.dtype()), target);
        Value weighted = all;
        Value weight = counts;
        if (weights.isPresent()) {
            Value byClass = byClass(g, weights.get(), all);
            weighted = g.apply(Arithmetic.MUL, all, byClass);
            Value spread = g.apply(new Reductions.Spread(), byClass, all);
            weight = g.apply(Arithmetic.MUL, counts, atLabel(g, spread, target));
        }
        Value loss = g.apply(Arithmetic.MUL, weight, likelihood);
        if (labelSmoothing > 0) {
            Value smooth = g.apply(Arithmetic.MUL, counts, reduce(g, Reduce.Kind.MEAN, weighted));
            loss = ExprOp.apply(
                    g,
                    "Smooth",
                    a -> a.get(0).times(1 - labelSmoothing).plus(a.get(1).times(labelSmoothing)),
                    loss,
                    smooth);
        }
        Reduce total = new Reduce(Reduce.Kind.SUM, false);
        return g.apply(Arithmetic.DIV, g.apply(total, loss), g.apply(total, weight));
    }

    private Expr counts(Expr label) {
        return ignoreIndex.isPresent()
                ? label.apply(BinaryFn.NE, Expr.constant(DType.I64, ignoreIndex.getAsLong()))
                : Expr.constant(DType.BOOL, 1L);
    }

    /// The weights as [1, C, 1, …], in the type of the scores.
    private static Value byClass(GraphBuilder g, Tensor weights, Value scores) {
        Dim classes = scores.shape().dim(CLASSES);
        if (classes.isFixed() && classes.extent() != weights.length()) {
            throw new ShapeException(
                    "cross-entropy has " + weights.length() + " class weights for scores " + scores.type());
        }
        long[] dims = new long[scores.rank()];
        java.util.Arrays.fill(dims, 1);
        dims[CLASSES] = weights.length();
        return g.apply(new Casting.Cast(scores.dtype()), g.constant(weights.reshape(dims)));
    }

    /// The element of each row at its label, [N, 1, …].
    private static Value atLabel(GraphBuilder g, Value all, Value target) {
        Value only = ExprOp.apply(
                g,
                "AtLabel",
                a -> Expr.select(Expr.index(CLASSES).eq(a.get(1)), a.get(0), a.get(0).like(0)),
                all,
                target);
        return reduce(g, Reduce.Kind.SUM, only);
    }

    private static Value reduce(GraphBuilder g, Reduce.Kind kind, Value x) {
        return g.apply(new Reduce(kind, true), x, g.longs(CLASSES));
    }
}
