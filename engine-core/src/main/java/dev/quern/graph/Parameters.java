package dev.quern.graph;

import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;

/// Exchanges the values of a graph's parameters.
public final class Parameters {
    private Parameters() {}

    /// `graph` with the parameters called so holding other values of the same type.
    ///
    /// @throws ShapeException for a name that is no parameter, or a value of another type
    public static Graph replace(Graph graph, Map<String, Tensor> values) {
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        Map<String, Tensor> left = new HashMap<>(values);
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        for (Value v : graph.parameters()) {
            Optional<Tensor> value = Optional.ofNullable(left.remove(v.name()));
            if (value.isPresent() && !value.get().type().equals(v.type())) {
                throw new ShapeException(
                        "parameter \"" + v.name() + "\" must be " + v.type() + ", not " + value.get().type());
            }
            Tensor tensor = value.or(v::constant).orElseThrow();
            to.put(v, g.parameter(v.name(), tensor));
        }
        if (!left.isEmpty()) {
            throw new ShapeException("the graph has no parameter \"" + left.keySet().iterator().next() + "\"");
        }
        g.inline(graph, to);
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return g.build();
    }
}
