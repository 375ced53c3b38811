package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The value of a graph that a loss judges. Where an output is no tensor of floats (class labels, a sequence of maps
/// from names to scores), it is the nearest such tensor that the output is made of.
///
/// @param output the output that was chosen, by name
record Judged(String output, Value value) {

    /// What an output stands for.
    ///
    /// @throws DataException where there is no such output, or nothing that it is made of is a tensor of floats
    static Judged of(Graph graph, String name) {
        if (!graph.outputNames().contains(name)) {
            throw new DataException("the model has no output \"" + name + "\"; it gives " + graph.outputNames());
        }
        return one(graph, name).orElseThrow(() -> new DataException(unfit(graph, List.of(name))));
    }

    /// The best suited output: a tensor of floats before dictionaries of scores, and these before labels; the first of
    /// those that are made of weights by way of floats, if there is one.
    ///
    /// @throws DataException where nothing that the outputs are made of is a tensor of floats
    static String best(Graph graph, List<Value> weights) {
        List<Judged> suited = graph.outputNames().stream()
                .sorted((a, b) -> rank(graph, a) - rank(graph, b))
                .flatMap(n -> one(graph, n).stream())
                .toList();
        return suited.stream()
                .filter(j -> isMadeOf(weights, j.value()))
                .findFirst()
                .or(() -> suited.stream().findFirst())
                .map(Judged::output)
                .orElseThrow(() -> new DataException(unfit(graph, graph.outputNames())));
    }

    private static Optional<Judged> one(Graph graph, String name) {
        return behind(output(graph, name)).map(v -> new Judged(name, v));
    }

    private static String unfit(Graph graph, List<String> names) {
        return "a loss needs a tensor of floats, and none of the outputs is made of one that the model computes: "
                + names.stream()
                        .map(n -> "\"" + n + "\" is " + output(graph, n).type())
                        .toList();
    }

    private static int rank(Graph graph, String name) {
        Value v = output(graph, name);
        return isOfFloats(v) ? 0 : v.type() instanceof TensorType ? 2 : 1;
    }

    private static Value output(Graph graph, String name) {
        return graph.outputs().get(graph.outputNames().indexOf(name));
    }

    /// The nearest tensor of floats that a node computes on the way to `v`.
    private static Optional<Value> behind(Value v) {
        if (isOfFloats(v)) {
            return Optional.of(v);
        }
        Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Value> open = new ArrayDeque<>(List.of(v));
        while (!open.isEmpty()) {
            Value next = open.removeFirst();
            if (isOfFloats(next) && next.producer().isPresent()) {
                return Optional.of(next);
            }
            next.producer().ifPresent(n -> n.inputs().stream().filter(seen::add).forEach(open::addLast));
        }
        return Optional.empty();
    }

    private static boolean isMadeOf(List<Value> weights, Value v) {
        Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Value> open = new ArrayDeque<>(List.of(v));
        while (!open.isEmpty()) {
            Value next = open.removeLast();
            if (weights.contains(next)) {
                return true;
            }
            next.producer()
                    .ifPresent(n -> n.inputs().stream()
                            .filter(Judged::mayHoldFloats)
                            .filter(seen::add)
                            .forEach(open::addLast));
        }
        return false;
    }

    private static boolean mayHoldFloats(Value v) {
        return isOfFloats(v) || !(v.type() instanceof TensorType);
    }

    private static boolean isOfFloats(Value v) {
        return v.type() instanceof TensorType t && t.dtype().isFloat();
    }
}
