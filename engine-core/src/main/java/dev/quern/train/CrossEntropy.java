package dev.quern.train;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.ExprOp;
import dev.quern.op.Losses.NegativeLogLikelihoodLoss;
import dev.quern.op.Losses.Reduction;
import dev.quern.op.Reduce;
import dev.quern.op.Reductions;
import dev.quern.op.Shaping;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Cross-entropy of scores [N, C, …] and class indices [N, …], as PyTorch's `cross_entropy` with mean reduction. Where
/// a model ends in a softmax over the classes, the scores are what it takes.
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

    /// The sum of the weights of the labels that count.
    @Override
    public double weight(Tensor labels) {
        if (ignoreIndex.isEmpty() && weights.isEmpty()) {
            return Loss.super.weight(labels);
        }
        double sum = 0;
        for (int i = 0; i < labels.length(); i++) {
            long label = labels.getLong(i);
            if (ignoreIndex.isEmpty() || label != ignoreIndex.getAsLong()) {
                sum += weights.isPresent() ? weights.get().getDouble((int) label) : 1;
            }
        }
        return sum;
    }

    private void requireFit(Value scores, DType labels, int rank) {
        if (!labels.isInteger() || scores.rank() < 2 || rank != scores.rank() - 1) {
            throw new ShapeException("cross-entropy takes scores [N, C, …] and class indices [N, …], not scores "
                    + scores.type() + " and labels of type " + labels + " and rank " + rank);
        }
        Dim classes = scores.shape().dim(CLASSES);
        if (weights.isPresent()
                && classes.isFixed()
                && classes.extent() != weights.get().length()) {
            throw new ShapeException(
                    "cross-entropy has " + weights.get().length() + " class weights for scores " + scores.type());
        }
    }

    @Override
    public Value of(GraphBuilder g, Value output, Value label) {
        requireFit(output, label.dtype(), label.rank());
        Value target = label.dtype() == DType.I64 ? label : g.apply(new Casting.Cast(DType.I64), label);
        Value logs = g.apply(new Softmaxes.LogSoftmax(CLASSES), scores(output));
        Value hard = likelihood(g, Reduction.MEAN, logs, target, true);
        if (labelSmoothing == 0) {
            return hard;
        }
        Value soft = g.apply(Arithmetic.DIV, spread(g, logs, target), total(g, logs, target));
        return ExprOp.apply(
                g,
                "Smooth",
                a -> a.get(0).times(1 - labelSmoothing).plus(a.get(1).times(labelSmoothing)),
                hard,
                soft);
    }

    /// What the softmax at the end of a model takes, else the output itself: the loss has a softmax of its own, and
    /// the logarithm of the model's would lose small likelihoods.
    private static Value scores(Value output) {
        return output.producer()
                .filter(n ->
                        n.op() instanceof Softmaxes.Softmax(int axis) && Shape.axis(axis, output.rank()) == CLASSES)
                .map(n -> n.input(0))
                .orElse(output);
    }

    /// The sum of each counted row's mean of −log p over all classes, weighted.
    private Value spread(GraphBuilder g, Value logs, Value target) {
        Value weighted = weights.isEmpty() ? logs : g.apply(Arithmetic.MUL, logs, byClass(g, logs));
        Value mean = g.apply(new Reduce(Reduce.Kind.MEAN, true), weighted, g.longs(CLASSES));
        return likelihood(g, Reduction.SUM, g.apply(new Reductions.Spread(), mean, logs), target, false);
    }

    /// The sum of the weights of the labels that count.
    private Value total(GraphBuilder g, Value logs, Value target) {
        Value minusOne = Reductions.filled(g, -1, logs);
        return likelihood(g, Reduction.SUM, minusOne, target, true);
    }

    /// The losses of log-probabilities, without the labels that do not count.
    private Value likelihood(GraphBuilder g, Reduction reduction, Value logs, Value target, boolean weighted) {
        Optional<Long> ignored = ignoreIndex.isPresent() ? Optional.of(ignoreIndex.getAsLong()) : Optional.empty();
        List<Value> operands = new ArrayList<>(List.of(logs, target));
        if (weighted && weights.isPresent()) {
            operands.add(g.apply(new Casting.Cast(logs.dtype()), g.constant(weights.get())));
        }
        return g.apply(new NegativeLogLikelihoodLoss(reduction, ignored), operands)
                .getFirst();
    }

    /// The weights as [1, C, 1, …], in the type of the scores.
    private Value byClass(GraphBuilder g, Value scores) {
        long[] dims = new long[scores.rank()];
        Arrays.fill(dims, 1);
        dims[CLASSES] = -1;
        Value vector = g.apply(new Casting.Cast(scores.dtype()), g.constant(weights.orElseThrow()));
        return g.apply(new Shaping.Reshape(), vector, g.longs(dims));
    }
}
