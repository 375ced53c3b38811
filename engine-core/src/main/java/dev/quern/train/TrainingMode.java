package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.BatchNormalization;
import dev.quern.op.Passing;
import dev.quern.op.RandomDropout;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// Graph to graph: operators that behave differently in training get their training form.
///
/// Dropout drops: which elements, follows from a seed, the node's place in the graph and the step, an input that is
/// added. Batch normalisation takes its statistics from the batch and brings the running ones forward as PyTorch does,
/// unless its scale or bias is frozen, or a batch has one value a channel, which has no variance.
/// What is rounded to a few bits and back lets gradients pass ([StraightThrough][dev.quern.op.StraightThrough]).
///
/// @param seed of everything random
/// @param isFrozen which parameters stay as they are, by name
record TrainingMode(long seed, Predicate<String> isFrozen) {

    /// A graph in training form. Its outputs are those of the graph that it came from.
    ///
    /// @param step the input that takes the number of the step, a scalar i64, if any operator needs it
    /// @param running statistics that a step brings forward
    /// @param asInInference batch normalisations of one value a channel, by title
    record Form(Graph graph, Optional<Value> step, List<Running> running, List<String> asInInference) {}

    /// A parameter that is not learned but follows the data.
    ///
    /// @param updated its value after the step
    record Running(Value parameter, Value updated) {}

    Form apply(Graph graph) {
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        boolean random = graph.nodes().stream().anyMatch(n -> n.op() instanceof Passing.Dropout);
        Optional<Value> step = random ? Optional.of(g.input("step", Type.tensor(DType.I64))) : Optional.empty();
        List<Running> running = new ArrayList<>();
        List<String> single = new ArrayList<>();
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node n = graph.nodes().get(i);
            if (n.op() instanceof Passing.Dropout(double ratio, long ownSeed) && ratio > 0) {
                drop(g, n, to, ratio, SplitMix.of(seed ^ ownSeed, i).nextLong(), step.orElseThrow());
            } else if (n.op() instanceof BatchNormalization op && isTrained(op, n)) {
                if (isSingle(n.input(0).shape())) {
                    single.add(n.title());
                    g.copy(n, to);
                } else {
                    running.addAll(normalise(g, op, n, to));
                }
            } else {
                g.copy(n, to);
                Rounded.by(n).ifPresent(r -> to.put(n.output(0), r.straightThrough(g, to)));
                RoundedProduct.by(n).ifPresent(r -> to.put(n.output(0), r.straightThrough(g, to)));
            }
        }
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return new Form(g.build(), step, running, single);
    }

    private static void drop(GraphBuilder g, Node n, Map<Value, Value> to, double ratio, long stream, Value step) {
        g.at(n.origins());
        Value x = to.getOrDefault(n.input(0), n.input(0));
        List<Value> results = new ArrayList<>();
        results.add(g.apply(new RandomDropout.Masked(ratio, stream), x, step));
        results.add(g.apply(new RandomDropout.Mask(ratio, stream), x, step));
        for (int i = 0; i < n.outputs().size(); i++) {
            to.put(n.output(i), results.get(i));
        }
    }

    private boolean isTrained(BatchNormalization op, Node n) {
        boolean ofModel = n.inputs().subList(1, 5).stream().allMatch(Value::isParameter);
        return ofModel
                && op.mode() == BatchNormalization.Mode.INFERENCE
                && !isFrozen.test(n.input(1).name())
                && !isFrozen.test(n.input(2).name());
    }

    /// Whether there is one value a channel, axis 1, whatever the data.
    private static boolean isSingle(Shape x) {
        return x.isRanked()
                && IntStream.range(0, x.rank())
                        .allMatch(axis -> axis == 1 || x.dim(axis).is(1));
    }

    private static List<Running> normalise(GraphBuilder g, BatchNormalization op, Node n, Map<Value, Value> to) {
        g.at(n.origins());
        BatchNormalization training =
                new BatchNormalization(op.epsilon(), op.momentum(), BatchNormalization.Mode.TRAINING_SAMPLE);
        List<Value> in = n.inputs().stream().map(v -> to.getOrDefault(v, v)).toList();
        List<Value> results = g.apply(training, in);
        to.put(n.output(0), results.getFirst());
        return List.of(new Running(n.input(3), results.get(1)), new Running(n.input(4), results.get(2)));
    }
}
