package dev.quern.train;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.ControlFlow;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Weights that branches and loops hold in their bodies. For training they become parameters of the graph itself, which
/// the bodies capture, so that gradients reach them; afterwards the new values go back to where they were.
///
/// In the graph they have the names that they have in their bodies, with a number behind a name that is taken.
final class BodyWeights {
    private final Map<Value, String> names = new IdentityHashMap<>();
    private final Set<Value> wanted = new LinkedHashSet<>();
    private final Set<String> taken = new HashSet<>();

    private BodyWeights(Graph graph) {
        graph.inputs().forEach(v -> taken.add(v.name()));
        graph.parameters().forEach(v -> {
            names.put(v, v.name());
            taken.add(v.name());
        });
        find(graph);
    }

    /// A graph whose weights are all parameters of its own, and these.
    record Lifted(Graph graph, List<Value> weights) {}

    static Lifted lifted(Graph graph) {
        if (graph.nodes().stream().noneMatch(n -> n.op() instanceof ControlFlow)) {
            return new Lifted(graph, Weights.of(graph));
        }
        BodyWeights weights = new BodyWeights(graph);
        GraphCopy copy = new GraphCopy(graph).inputs();
        Map<Value, Value> own = new IdentityHashMap<>();
        graph.parameters().stream().filter(weights.wanted::contains).forEach(v -> own.put(v, v));
        weights.copy(
                graph,
                copy,
                v -> own.computeIfAbsent(
                        v,
                        w -> copy.builder()
                                .parameter(weights.name(w), w.constant().orElseThrow())));
        return new Lifted(copy.finish(), weights.wanted.stream().map(own::get).toList());
    }

    /// `graph`, whose weights were lifted, with other values for some of them, by the names that they have there,
    /// rounded to the types that they have there.
    static Graph replaced(Graph graph, Map<String, Tensor> values) {
        BodyWeights weights = new BodyWeights(graph);
        Map<Value, Value> changed = new IdentityHashMap<>();
        weights.names.forEach((v, name) -> {
            Tensor value = values.get(name);
            if (value != null) {
                changed.put(v, new GraphBuilder("").parameter(v.name(), value.as(v.dtype())));
            }
        });
        return exchanged(graph, changed);
    }

    private static Graph exchanged(Graph graph, Map<Value, Value> changed) {
        GraphCopy copy = new GraphCopy(graph).inputs();
        changed.forEach(copy::put);
        for (Node n : graph.nodes()) {
            if (n.op() instanceof ControlFlow control) {
                copy.copy(
                        n,
                        control.with(control.bodies().stream()
                                .map(b -> exchanged(b, changed))
                                .toList()));
            } else {
                copy.copy(n);
            }
        }
        return copy.finish();
    }

    private void find(Graph graph) {
        for (Value v : Weights.of(graph)) {
            wanted.add(v);
            names.computeIfAbsent(v, w -> free(w.name()));
        }
        for (Node n : graph.nodes()) {
            if (n.op() instanceof ControlFlow control) {
                control.bodies().forEach(this::find);
            }
        }
    }

    private String free(String name) {
        String found = name;
        for (int i = 2; !taken.add(found); i++) {
            found = name + "_" + i;
        }
        return found;
    }

    private String name(Value v) {
        return java.util.Objects.requireNonNull(names.get(v));
    }

    /// A body that captures, behind what it captured before, more weights.
    private record Body(Graph graph, List<Value> captured) {}

    private Body body(Graph graph) {
        GraphCopy copy = new GraphCopy(graph).inputs();
        Map<Value, Value> own = new IdentityHashMap<>();
        Set<Value> captured = new LinkedHashSet<>();
        copy(graph, copy, v -> {
            captured.add(v);
            return own.computeIfAbsent(v, w -> copy.builder().input(name(w), w.type()));
        });
        return new Body(copy.finish(), List.copyOf(captured));
    }

    /// @param here what a weight is in the graph that is made
    private void copy(Graph graph, GraphCopy copy, UnaryOperator<Value> here) {
        for (Node n : graph.nodes()) {
            n.inputs().stream().filter(wanted::contains).forEach(v -> copy.put(v, here.apply(v)));
            if (n.op() instanceof ControlFlow control) {
                copy(n, control, copy, here);
            } else {
                copy.copy(n);
            }
        }
    }

    private void copy(Node n, ControlFlow control, GraphCopy copy, UnaryOperator<Value> here) {
        List<Body> bodies = control.bodies().stream().map(this::body).toList();
        List<Value> operands = new ArrayList<>(copy.of(n.inputs()));
        // behind what the last body captures, then behind what the one before captures
        int end = operands.size();
        for (int i = bodies.size() - 1; i >= 0; i--) {
            operands.addAll(end, bodies.get(i).captured().stream().map(here).toList());
            end -= control.bodies().get(i).inputs().size();
        }
        copy.copy(n, control.with(bodies.stream().map(Body::graph).toList()), operands);
    }
}
