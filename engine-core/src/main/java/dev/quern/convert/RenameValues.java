package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Value;
import dev.quern.session.ModelException;
import dev.quern.tensor.Datum;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Gives inputs and outputs other names.
///
/// @param names new names by old ones
public record RenameValues(Map<String, String> names) implements Transform {
    public RenameValues {
        names = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(names));
    }

    /// @throws ModelException for a name that no input or output has, or one that would be given twice
    @Override
    public Graph apply(Graph graph) {
        List<String> inputs = graph.inputs().stream().map(Value::name).toList();
        List<String> all = new ArrayList<>(inputs);
        all.addAll(graph.outputNames());
        for (String name : names.keySet()) {
            if (!all.contains(name)) {
                throw Names.unknown("input or output", name, all);
            }
        }
        requireDistinct(inputs.stream().map(this::renamed).toList(), "inputs");
        requireDistinct(graph.outputNames().stream().map(this::renamed).toList(), "outputs");
        GraphCopy copy = new GraphCopy(graph);
        graph.inputs().forEach(v -> copy.put(v, copy.builder().input(renamed(v.name()), v.type())));
        graph.nodes().forEach(copy::copy);
        for (int i = 0; i < graph.outputs().size(); i++) {
            copy.builder()
                    .output(
                            renamed(graph.outputNames().get(i)),
                            copy.of(graph.outputs().get(i)));
        }
        return copy.builder().build();
    }

    private String renamed(String name) {
        return names.getOrDefault(name, name);
    }

    private static void requireDistinct(List<String> wanted, String kind) {
        Set<String> seen = new HashSet<>();
        for (String name : wanted) {
            if (!seen.add(name)) {
                throw new ModelException("two " + kind + " cannot both be called \"" + name + "\"");
            }
        }
    }

    @Override
    public Map<String, Datum> inputs(Graph graph, Map<String, Datum> given) {
        Map<String, Datum> renamed = new LinkedHashMap<>();
        given.forEach((name, value) -> renamed.put(renamed(name), value));
        return renamed;
    }
}
