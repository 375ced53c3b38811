package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Makes initializers of literals, which files spell as nodes, one for all that are equal.
record NameLiterals() implements Transform {
    private static final int LONGEST_COMPARED = 64;

    /// A tensor told apart by its elements.
    private record Literal(Type type, List<Object> elements) {}

    @Override
    public Graph apply(Graph graph) {
        GraphCopy copy = new GraphCopy(graph).inputs();
        Map<Literal, Value> known = new HashMap<>();
        for (Node n : graph.nodes()) {
            n.inputs().forEach(v -> name(v, copy, known));
            copy.copy(n);
        }
        graph.outputs().forEach(v -> name(v, copy, known));
        return copy.finish();
    }

    private static void name(Value v, GraphCopy copy, Map<Literal, Value> known) {
        if (v.definition() instanceof Value.Constant(Tensor t, boolean named) && !named && copy.of(v) == v) {
            copy.put(
                    v,
                    t.length() > LONGEST_COMPARED
                            ? copy.builder().parameter(v.name(), t)
                            : known.computeIfAbsent(
                                    literal(t), unseen -> copy.builder().parameter(v.name(), t)));
        }
    }

    private static Literal literal(Tensor t) {
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < t.length(); i++) {
            elements.add(
                    t.array() instanceof Object[] objects
                            ? objects[i]
                            : t.dtype().isFloat() ? Double.doubleToRawLongBits(t.getDouble(i)) : t.getLong(i));
        }
        return new Literal(t.type(), elements);
    }
}
