package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/// Graphs with other dims at their inputs; what follows is inferred anew.
final class Dims {
    private Dims() {}

    /// `graph` with the shapes that `shapeOf` gives for its inputs, and with `dims` in the place of symbols elsewhere.
    static Graph replaced(Graph graph, BiFunction<Value, Shape, Shape> shapeOf, Map<String, Dim> dims) {
        GraphCopy copy = new GraphCopy(graph);
        for (Value v : graph.inputs()) {
            Type type = v.type() instanceof Type.TensorType(var dtype, Shape shape)
                    ? Type.tensor(dtype, shapeOf.apply(v, shape))
                    : v.type();
            copy.put(v, copy.builder().input(v.name(), type));
        }
        for (Node n : graph.nodes()) {
            if (n.op() instanceof OpaqueOp) {
                opaque(copy, n, dims);
            } else {
                copy.copy(n);
            }
        }
        return copy.finish();
    }

    /// A node of which only the file knew the types of results.
    private static void opaque(GraphCopy copy, Node n, Map<String, Dim> dims) {
        List<Type> types = new ArrayList<>();
        n.outputs()
                .forEach(v -> types.add(
                        v.type() instanceof Type.TensorType(var dtype, Shape shape)
                                ? Type.tensor(dtype, substituted(shape, dims))
                                : v.type()));
        List<String> names = n.outputs().stream().map(Value::name).toList();
        Node made = copy.builder().at(n.origins()).add(n.op(), copy.of(n.inputs()), types, names);
        for (int i = 0; i < types.size(); i++) {
            copy.put(n.output(i), made.output(i));
        }
    }

    /// `shape` with `dims` in the place of symbols.
    static Shape substituted(Shape shape, Map<String, Dim> dims) {
        return shape.map(d -> d instanceof Dim.Symbol(String name) ? dims.getOrDefault(name, d) : d);
    }

    /// A dim as text: a number, or a name.
    ///
    /// @throws ShapeException where it is neither
    static Dim parse(String text) {
        if (text.matches("[0-9]{1,18}")) {
            return Dim.of(Long.parseLong(text));
        }
        if (!text.matches("[A-Za-z_][^=,\\s]*")) {
            throw new ShapeException("a dim is a whole number or a name, not \"" + text + "\"");
        }
        return Dim.symbol(text);
    }
}
