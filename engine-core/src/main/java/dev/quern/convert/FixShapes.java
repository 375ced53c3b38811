package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.session.ModelException;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Gives inputs other shapes. A symbol that thereby gets an extent, or another name, gets it wherever inputs have it; a
/// fixed dim may get a name, so that it can differ from run to run, where the nodes allow that.
///
/// @param shapes the shape of each input to change, by name
public record FixShapes(Map<String, Shape> shapes) implements Transform {
    public FixShapes {
        shapes = Map.copyOf(shapes);
    }

    /// Shapes in the form `NAME=1x3x224x224`, without a name for a graph with one input. A dim that is no number is a
    /// symbol; names with an x in them want commas: `ids=N,max_len`.
    ///
    /// @throws ModelException for what has not this form
    public static FixShapes parse(Graph graph, List<String> texts) {
        Map<String, Shape> shapes = new HashMap<>();
        for (String text : texts) {
            int eq = text.lastIndexOf('=');
            if (eq < 0 && graph.inputs().size() != 1) {
                throw new ModelException(
                        "shape " + text + ": say NAME=" + text + ", the model has more than one input: "
                                + graph.inputs().stream().map(Value::name).toList());
            }
            String name = eq < 0 ? graph.inputs().getFirst().name() : text.substring(0, eq);
            shapes.put(name, shape(text, text.substring(eq + 1)));
        }
        return new FixShapes(shapes);
    }

    private static Shape shape(String text, String dims) {
        if (dims.isEmpty()) {
            return Shape.SCALAR;
        }
        try {
            return Shape.of(Arrays.stream(dims.split(dims.contains(",") ? "," : "x", -1))
                    .map(Dims::parse)
                    .toList());
        } catch (dev.quern.tensor.ShapeException e) {
            throw new ModelException("shape " + text + ": " + e.getMessage() + ", as in 1x3x224x224 or Nx3x224x224", e);
        }
    }

    /// @throws ModelException for an unknown input, another rank, or a symbol that would get two extents
    @Override
    public Graph apply(Graph graph) {
        Map<String, Dim> symbols = new HashMap<>();
        shapes.forEach((name, shape) -> collect(input(graph, name), shape, symbols));
        return Dims.replaced(
                graph,
                (v, before) -> shapes.containsKey(v.name())
                        ? shapes.getOrDefault(v.name(), before)
                        : Dims.substituted(before, symbols),
                symbols);
    }

    private static Value input(Graph graph, String name) {
        return graph.input(name)
                .orElseThrow(() -> Names.unknown(
                        "input", name, graph.inputs().stream().map(Value::name).toList()));
    }

    private static void collect(Value input, Shape shape, Map<String, Dim> symbols) {
        if (!(input.type() instanceof Type.TensorType(var ignored, Shape before))) {
            throw new ModelException("input \"" + input.name() + "\" is a " + input.type() + " and has no shape");
        }
        if (!before.isRanked()) {
            return;
        }
        if (before.rank() != shape.rank()) {
            throw new ModelException("input \"" + input.name() + "\" is " + input.type() + ": the shape " + shape
                    + " must have " + before.rank() + " dims, not " + shape.rank());
        }
        for (int i = 0; i < shape.rank(); i++) {
            if (before.dim(i) instanceof Dim.Symbol(String name)) {
                Dim other = symbols.putIfAbsent(name, shape.dim(i));
                if (other != null && !other.equals(shape.dim(i))) {
                    throw new ModelException("dim " + name + " cannot be both " + other + " and " + shape.dim(i));
                }
            }
        }
    }
}
