package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;

/// Computes nodes whose results follow from constants and fixed shapes.
record FoldConstants() implements Pass {

    @Override
    public Graph apply(Graph graph) {
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        for (Node n : graph.nodes()) {
            g.copy(n, to);
            for (Value v : n.outputs()) {
                Optional<Tensor> known = g.valueOf(to.getOrDefault(v, v));
                known.ifPresent(t -> to.put(v, g.constant(t)));
            }
        }
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return g.build();
    }
}
