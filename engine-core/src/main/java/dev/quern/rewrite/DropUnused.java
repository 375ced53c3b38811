package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/// Leaves out nodes that no output depends on.
record DropUnused() implements Pass {

    @Override
    public Graph apply(Graph graph) {
        Set<Node> used = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.outputs().forEach(v -> v.producer().ifPresent(used::add));
        for (Node n : graph.nodes().reversed()) {
            if (used.contains(n)) {
                n.inputs().forEach(v -> v.producer().ifPresent(used::add));
            }
        }
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        for (Node n : graph.nodes()) {
            if (used.contains(n)) {
                g.copy(n, to);
            }
        }
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return g.build();
    }
}
