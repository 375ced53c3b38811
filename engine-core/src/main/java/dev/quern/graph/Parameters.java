package dev.quern.graph;

import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/// Exchanges the values of a graph's parameters.
public final class Parameters {
    private Parameters() {}

    /// `graph` with the parameters called so holding other values of the same type.
    ///
    /// @throws ShapeException for a name that is no parameter, or a value of another type
    public static Graph replace(Graph graph, Map<String, Tensor> values) {
        for (Value v : graph.parameters()) {
            Tensor value = values.get(v.name());
            if (value != null && !value.type().equals(v.type())) {
                throw new ShapeException(
                        "parameter \"" + v.name() + "\" must be " + v.type() + ", not " + value.type());
            }
        }
        return exchange(graph, values);
    }

    /// `graph` with the parameters called so holding other values, which may have other extents: the types of what
    /// follows are inferred anew.
    ///
    /// @throws ShapeException for a name that is no parameter, or where an operator does not take the new extents
    public static Graph exchange(Graph graph, Map<String, Tensor> values) {
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        Map<String, Tensor> left = new HashMap<>(values);
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        for (Value v : graph.parameters()) {
            Tensor value = left.remove(v.name());
            to.put(v, g.parameter(v.name(), value == null ? v.constant().orElseThrow() : value));
        }
        if (!left.isEmpty()) {
            throw new ShapeException(
                    "the graph has no parameter \"" + left.keySet().iterator().next() + "\"");
        }
        g.inline(graph, to);
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return g.build();
    }
}
