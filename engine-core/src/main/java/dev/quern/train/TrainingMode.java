package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Passing;
import dev.quern.op.RandomDropout;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Graph to graph: operators that behave differently in training get their training form.
///
/// Dropout drops: which elements, follows from a seed, the node's place in the graph and the step, an input that is added.
/// @param seed of everything random
record TrainingMode(long seed) {

    /// A graph in training form. Its outputs are those of the graph that it came from.
    ///
    /// @param step the input that takes the number of the step, a scalar i64, if any operator needs it
    record Form(Graph graph, Optional<Value> step) {}

    Form apply(Graph graph) {
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        boolean random = graph.nodes().stream().anyMatch(n -> n.op() instanceof Passing.Dropout);
        Optional<Value> step = random ? Optional.of(g.input("step", Type.tensor(DType.I64))) : Optional.empty();
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node n = graph.nodes().get(i);
            if (n.op() instanceof Passing.Dropout(double ratio, long ownSeed) && ratio > 0) {
                drop(g, n, to, ratio, SplitMix.of(seed ^ ownSeed, i).nextLong(), step.orElseThrow());
            } else {
                g.copy(n, to);
            }
        }
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return new Form(g.build(), step);
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
}
