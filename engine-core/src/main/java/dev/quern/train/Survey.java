package dev.quern.train;

import dev.quern.gradient.Gradient;
import dev.quern.gradient.NotDifferentiableException;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Reductions;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// Finds out, by a trial gradient, which parameters of a graph an output can train and what is in the way.
///
/// @param trainable the parameters, as values of the graph
/// @param stops nodes that gradients must not flow through, because they have none
record Survey(List<Value> trainable, Predicate<Node> stops, TrainingReport report) {

    static Survey of(TrainingMode.Form form, List<Value> weights, Value output, Predicate<String> isFrozen) {
        Graph graph = form.graph();
        List<Value> candidates =
                weights.stream().filter(v -> !isFrozen.test(v.name())).toList();
        List<Value> frozen =
                weights.stream().filter(v -> isFrozen.test(v.name())).toList();
        List<String> blocked = List.of();
        List<Optional<Value>> reached;
        try {
            reached = trial(graph, output, candidates, n -> false);
        } catch (NotDifferentiableException e) {
            blocked = e.nodes();
            reached = trial(graph, output, candidates, among(blocked));
        }
        List<Value> trainable = new ArrayList<>();
        List<Value> unreached = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            (reached.get(i).isPresent() ? trainable : unreached).add(candidates.get(i));
        }
        TrainingReport report = new TrainingReport(
                described(trainable),
                described(frozen),
                described(unreached),
                DeadEnds.of(graph, output, unreached),
                Weights.ofIntegers(graph),
                trainable.isEmpty() ? constants(graph, weights, output, among(blocked)) : List.of(),
                blocked,
                form.asInInference());
        return new Survey(trainable, among(blocked), report);
    }

    /// Single numbers that gradients of `output` reach.
    private static List<String> constants(Graph graph, List<Value> weights, Value output, Predicate<Node> stops) {
        List<Value> numbers = Weights.singleNumbers(graph).stream()
                .filter(v -> !weights.contains(v))
                .toList();
        try {
            List<Optional<Value>> reached = trial(graph, output, numbers, stops);
            return IntStream.range(0, numbers.size())
                    .filter(i -> reached.get(i).isPresent())
                    .mapToObj(i -> numbers.get(i).name())
                    .toList();
        } catch (NotDifferentiableException e) {
            return List.of();
        }
    }

    private static Predicate<Node> among(List<String> titles) {
        return n -> titles.contains(n.title());
    }

    private static List<Optional<Value>> trial(Graph graph, Value output, List<Value> leaves, Predicate<Node> stops) {
        GraphBuilder g = new GraphBuilder("trial");
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        List<Value> inputs =
                leaves.stream().map(v -> g.input(v.name(), v.type())).toList();
        for (int i = 0; i < leaves.size(); i++) {
            to.put(leaves.get(i), inputs.get(i));
        }
        g.inline(graph, to);
        Value result = to.getOrDefault(output, output);
        Value seed = Reductions.filled(g, 1, result);
        return Gradient.pullBack(g, List.of(result), List.of(seed), inputs, stops);
    }

    private static List<TrainingReport.Parameter> described(List<Value> parameters) {
        return parameters.stream()
                .map(v -> new TrainingReport.Parameter(
                        v.name(), v.type().toString(), v.shape().elements()))
                .toList();
    }
}
