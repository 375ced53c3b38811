package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.session.ModelException;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Gives symbolic dims of inputs, and all that is called like them, other names.
///
/// @param names new names by old ones; a number fixes the dim
public record RenameDims(Map<String, String> names) implements Transform {
    public RenameDims {
        names = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(names));
    }

    /// @throws ModelException for a dim that no input has, or a new name that another dim has already
    @Override
    public Graph apply(Graph graph) {
        Set<String> known = symbols(graph);
        Map<String, Dim> dims = new HashMap<>();
        names.forEach((before, after) -> {
            if (!known.contains(before)) {
                throw Names.unknown("symbolic dim", before, known);
            }
            if (known.contains(after) && !names.containsKey(after)) {
                throw new ModelException("dim " + before + " cannot be renamed to " + after + ": another dim has that"
                        + " name, and dims of one name are one extent");
            }
            dims.put(before, Dims.parse(after));
        });
        return Dims.replaced(graph, (v, shape) -> Dims.substituted(shape, dims), dims);
    }

    private static Set<String> symbols(Graph graph) {
        Set<String> names = new TreeSet<>();
        for (Value v : graph.inputs()) {
            List<Dim> dims = v.type() instanceof Type.TensorType(var ignored, Shape shape) && shape.isRanked()
                    ? shape.dims()
                    : List.of();
            dims.forEach(d -> {
                if (d instanceof Dim.Symbol(String name)) {
                    names.add(name);
                }
            });
        }
        return names;
    }
}
