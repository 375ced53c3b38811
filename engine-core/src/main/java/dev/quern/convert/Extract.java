package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The part of a graph between some of its values.
///
/// @param inputs names of the values that become inputs; where there are none, the inputs of the whole graph that the
///     part needs
/// @param outputs names of the values that become outputs
public record Extract(List<String> inputs, List<String> outputs) implements Transform {
    public Extract {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        if (outputs.isEmpty()) {
            throw new ModelException("a part of a model must have at least one output");
        }
    }

    /// In the form `IN1,IN2:OUT1,OUT2`; the left side may be empty.
    ///
    /// @throws ModelException for what has not this form
    public static Extract parse(String text) {
        // names of values may have colons themselves, as TensorFlow's have: the last two sides count
        String[] sides = text.split(":(?!\\d+(?:,|:|$))", -1);
        if (sides.length != 2) {
            throw new ModelException("extract " + text + ": say IN1,IN2:OUT1,OUT2, the names of values");
        }
        return new Extract(names(sides[0]), names(sides[1]));
    }

    private static List<String> names(String side) {
        return side.isEmpty() ? List.of() : List.of(side.split(","));
    }

    /// @throws ModelException for an unknown value, or where an output depends on an input that is not listed
    @Override
    public Graph apply(Graph graph) {
        Map<String, Value> known = values(graph);
        List<Value> from = inputs.stream().map(name -> find(known, name)).toList();
        List<Value> to = outputs.stream().map(name -> find(known, name)).toList();
        Set<Value> cut = Collections.newSetFromMap(new IdentityHashMap<>());
        cut.addAll(from);
        Set<Value> needed = needed(graph, to, cut);
        GraphCopy copy = new GraphCopy(graph);
        for (Value v : from.isEmpty() ? graph.inputs() : from) {
            if (!from.isEmpty() || needed.contains(v)) {
                copy.put(v, copy.builder().input(v.name(), v.type()));
            }
        }
        for (Value v : graph.inputs()) {
            if (!from.isEmpty() && needed.contains(v) && !cut.contains(v)) {
                throw new ModelException("the outputs " + outputs + " depend on input \"" + v.name()
                        + "\" as well: add it, or another value on the way, to the inputs " + inputs);
            }
        }
        for (Node n : graph.nodes()) {
            if (n.outputs().stream().anyMatch(v -> needed.contains(v) && !cut.contains(v))) {
                Map<Value, Value> kept = new IdentityHashMap<>();
                n.outputs().stream().filter(cut::contains).forEach(v -> kept.put(v, copy.of(v)));
                copy.copy(n);
                kept.forEach(copy::put);
            }
        }
        for (int i = 0; i < to.size(); i++) {
            copy.builder().output(outputs.get(i), copy.of(to.get(i)));
        }
        return copy.builder().build();
    }

    /// The values that `outputs` depend on, down to those in `cut`.
    private static Set<Value> needed(Graph graph, List<Value> outputs, Set<Value> cut) {
        Set<Value> needed = Collections.newSetFromMap(new IdentityHashMap<>());
        needed.addAll(outputs);
        for (Node n : graph.nodes().reversed()) {
            if (n.outputs().stream().anyMatch(v -> needed.contains(v) && !cut.contains(v))) {
                needed.addAll(n.inputs());
            }
        }
        return needed;
    }

    private static Map<String, Value> values(Graph graph) {
        Map<String, Value> known = new LinkedHashMap<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            known.put(graph.outputNames().get(i), graph.outputs().get(i));
        }
        graph.inputs().forEach(v -> known.put(v.name(), v));
        graph.nodes().forEach(n -> n.outputs().forEach(v -> known.put(v.name(), v)));
        return known;
    }

    private static Value find(Map<String, Value> known, String name) {
        Value found = known.get(name);
        if (found == null) {
            throw Names.unknown("value", name, known.keySet());
        }
        return found;
    }

    /// What the values in the middle are when the whole graph runs.
    @Override
    public Map<String, Datum> inputs(Graph graph, Map<String, Datum> given) {
        Map<String, Value> known = values(graph);
        List<Value> wanted = new ArrayList<>();
        apply(graph).inputs().forEach(v -> wanted.add(find(known, v.name())));
        Map<String, Datum> seen = new LinkedHashMap<>();
        if (wanted.stream().anyMatch(v -> v.producer().isPresent())) {
            try (Model whole = Model.of(graph, ModelOptions.defaults())) {
                whole.trace(given, (v, datum) -> {
                    if (wanted.contains(v)) {
                        seen.put(v.name(), datum);
                    }
                });
            }
        }
        wanted.stream().filter(v -> given.containsKey(v.name())).forEach(v -> seen.put(v.name(), given.get(v.name())));
        return seen;
    }
}
