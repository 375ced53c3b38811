package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Losses of scores [N, C, d…] against class numbers [N, d…]; operand 2, if there is one, weighs the classes, [C].
public sealed interface Losses extends CompositeOp {

    /// What becomes of the single losses.
    enum Reduction {
        /// They are the result.
        NONE,
        SUM,
        /// The weighted mean: the sum divided by the sum of the weights that took part.
        MEAN
    }

    /// −log p of the right class, for log-probabilities; elements of class `ignored` count for nothing. ONNX
    /// NegativeLogLikelihoodLoss, opset 22.
    record NegativeLogLikelihoodLoss(Reduction reduction, Optional<Long> ignored) implements Losses {
        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value classes = in.get(1);
            Optional<Value> skip = ignored.map(
                    i -> g.apply(Logic.EQUAL, classes, g.constant(Tensor.scalar(classes.dtype(), i.longValue()))));
            Value known = skip.map(s -> zeroWhere(g, s, classes)).orElse(classes);
            Value at = g.apply(new Shaping.Unsqueeze(), known, g.longs(1));
            Value picked = g.apply(new Indexing.GatherElements(1), in.get(0), at);
            Value losses = g.apply(Arithmetic.NEG, g.apply(new Shaping.Squeeze(), picked, g.longs(1)));
            if (in.size() == 2 && skip.isEmpty()) {
                return List.of(
                        switch (reduction) {
                            case NONE -> losses;
                            case SUM -> reduced(g, Reduce.Kind.SUM, losses);
                            case MEAN -> reduced(g, Reduce.Kind.MEAN, losses);
                        });
            }
            Value perElement = in.size() == 3
                    ? g.apply(new Indexing.Gather(0), in.get(2), known)
                    : Reductions.filled(g, 1, losses);
            Value weights = skip.map(s -> zeroWhere(g, s, perElement)).orElse(perElement);
            Value all = g.apply(Arithmetic.MUL, losses, weights);
            Value weighted = skip.map(s -> zeroWhere(g, s, all)).orElse(all);
            return List.of(
                    switch (reduction) {
                        case NONE -> weighted;
                        case SUM -> reduced(g, Reduce.Kind.SUM, weighted);
                        case MEAN ->
                            g.apply(
                                    Arithmetic.DIV,
                                    reduced(g, Reduce.Kind.SUM, weighted),
                                    reduced(g, Reduce.Kind.SUM, weights));
                    });
        }

        static Stream<Example> examples() {
            Example.Operand classes = Example.indices(4, 5);
            return Stream.of(
                    Example.of(
                            new NegativeLogLikelihoodLoss(Reduction.MEAN, Optional.empty()),
                            Example.f32(5, 4),
                            classes),
                    Example.of(
                            new NegativeLogLikelihoodLoss(Reduction.NONE, Optional.of(-1L)),
                            Example.f32(4, 3),
                            Example.fixed(Tensor.of(new long[] {2, -1, 0, -1}, 4))),
                    Example.of(
                            new NegativeLogLikelihoodLoss(Reduction.SUM, Optional.empty()),
                            Example.f32(2, 4, 3),
                            Example.indices(4, 2, 3),
                            Example.f32(4).in(0.1, 2)),
                    Example.of(
                            new NegativeLogLikelihoodLoss(Reduction.MEAN, Optional.of(1L)),
                            Example.f32(2, 4, 3, 2),
                            Example.operand(DType.I32, 2, 3, 2).in(0, 4),
                            Example.f32(4).in(0.1, 2)));
        }
    }

    /// [NegativeLogLikelihoodLoss] of the softmax of the scores along axis 1; also gives the log-probabilities, if
    /// `withLogProbabilities`. ONNX SoftmaxCrossEntropyLoss, opset 13.
    record SoftmaxCrossEntropyLoss(Reduction reduction, Optional<Long> ignored, boolean withLogProbabilities)
            implements Losses {
        @Override
        public List<DType> dtypes(Operands in) {
            DType x = in.dtype(0);
            return withLogProbabilities ? List.of(x, x) : List.of(x);
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value logs = g.apply(new Softmaxes.LogSoftmax(1), in.get(0));
            List<Value> rest = new ArrayList<>(in);
            rest.set(0, logs);
            Value loss = g.apply(new NegativeLogLikelihoodLoss(reduction, ignored), rest)
                    .getFirst();
            return withLogProbabilities ? List.of(loss, logs) : List.of(loss);
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(
                            new SoftmaxCrossEntropyLoss(Reduction.MEAN, Optional.empty(), false),
                            Example.f32(5, 4),
                            Example.indices(4, 5)),
                    Example.of(
                            new SoftmaxCrossEntropyLoss(Reduction.MEAN, Optional.of(2L), true),
                            Example.f32(2, 4, 3),
                            Example.indices(4, 2, 3),
                            Example.f32(4).in(0.1, 2)));
        }
    }

    private static Value reduced(GraphBuilder g, Reduce.Kind kind, Value v) {
        return g.apply(new Reduce(kind, false), v);
    }

    private static Value zeroWhere(GraphBuilder g, Value condition, Value v) {
        return g.apply(Logic.WHERE, condition, g.scalar(v.dtype(), 0), v);
    }
}
