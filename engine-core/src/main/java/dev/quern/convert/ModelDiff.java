package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.session.Model;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Where two models differ: in what they take, give and consist of, and in the values that they compute.
///
/// Values are matched by name, else by the node of the file that they come from, so that a model can be compared with
/// what a [Conversion] made of it, in another precision too.
///
/// @param structure one line for each difference of inputs, outputs and nodes
/// @param values the values that differ, in the order in which the first model computes them
/// @param compared how many values both models have
public record ModelDiff(List<String> structure, List<OfValue> values, int compared) {
    private static final int TITLES_SHOWN = 5;

    public ModelDiff {
        structure = List.copyOf(structure);
        values = List.copyOf(values);
    }

    /// @param node the node of the first model that computes it
    /// @param set the number of the set of inputs
    public record OfValue(String node, String value, int set, Difference difference) {}

    public boolean isEmpty() {
        return structure.isEmpty() && values.isEmpty();
    }

    /// Runs both models node by node on each set of inputs.
    ///
    /// @param tolerance the largest difference as a share of a value's largest magnitude; where there is none,
    ///     one in 10,000, of models that compute in 16-bit floats one in 100 (f16) or one in 25 (bf16). Other
    ///     types must be equal.
    public static ModelDiff of(Model a, Model b, List<Map<String, Datum>> sets, OptionalDouble tolerance) {
        List<OfValue> values = new ArrayList<>();
        double most = tolerance.orElse(Math.max(precision(a.graph()), precision(b.graph())));
        int compared = 0;
        for (int set = 0; set < sets.size(); set++) {
            compared += values(a, b, sets.get(set), set, most, values);
        }
        return new ModelDiff(structure(a.graph(), b.graph()), values, compared);
    }

    private static int values(
            Model a, Model b, Map<String, Datum> inputs, int set, double tolerance, List<OfValue> found) {
        Map<String, Datum> byName = new HashMap<>();
        Map<String, Datum> byOrigin = new HashMap<>();
        Map<String, Datum> outputs = b.trace(Fitting.inputs(b.graph(), inputs), (v, datum) -> {
            byName.put(v.name(), datum);
            origin(v).ifPresent(o -> byOrigin.put(o, datum));
        });
        byName.putAll(outputs);
        List<OfValue> all = new ArrayList<>();
        Map<String, Datum> results = a.trace(Fitting.inputs(a.graph(), inputs), (v, datum) -> {
            Datum other = byName.containsKey(v.name())
                    ? byName.get(v.name())
                    : origin(v).map(byOrigin::get).orElse(null);
            if (other != null) {
                String node = v.producer().map(Node::title).orElse("input");
                add(all, new OfValue(node, v.name(), set, Difference.of(datum, other)), tolerance);
            }
        });
        results.forEach((name, datum) -> {
            Datum other = outputs.get(name);
            if (other != null && all.stream().noneMatch(d -> d.value().equals(name))) {
                add(all, new OfValue("output", name, set, Difference.of(datum, other)), tolerance);
            }
        });
        all.stream().filter(d -> d.difference().ofScale() > 0).forEach(found::add);
        return all.size();
    }

    /// Differences within the tolerance count as none.
    private static void add(List<OfValue> all, OfValue d, double tolerance) {
        boolean holds = d.difference().ofScale() <= tolerance;
        all.add(holds ? new OfValue(d.node(), d.value(), d.set(), new Difference(0, 0, 0, 0)) : d);
    }

    /// By the coarsest floats that a graph computes in: what comes after them is no more exact in a wider type.
    private static double precision(Graph graph) {
        double coarsest = 1e-4;
        for (Node n : graph.nodes()) {
            for (Value v : n.outputs()) {
                DType type = v.type() instanceof Type.TensorType t ? t.dtype() : DType.F32;
                coarsest = Math.max(coarsest, type == DType.F16 ? 1e-2 : type == DType.BF16 ? 4e-2 : 0);
            }
        }
        return coarsest;
    }

    private static Optional<String> origin(Value v) {
        return v.producer()
                .filter(n -> !n.origins().isEmpty())
                .map(n -> n.origins().getFirst() + " " + n.outputs().indexOf(v));
    }

    private static List<String> structure(Graph a, Graph b) {
        List<String> found = new ArrayList<>();
        differ(
                found,
                "inputs",
                a.inputs().stream().map(Value::toString).toList(),
                b.inputs().stream().map(Value::toString).toList());
        differ(found, "outputs", outputs(a), outputs(b));
        if (a.nodes().size() != b.nodes().size()) {
            found.add("nodes: " + a.nodes().size() + " against " + b.nodes().size());
        }
        Map<String, Integer> ofA = operators(a);
        Map<String, Integer> ofB = operators(b);
        Set<String> names = new TreeSet<>(ofA.keySet());
        names.addAll(ofB.keySet());
        for (String name : names) {
            int before = ofA.getOrDefault(name, 0);
            int after = ofB.getOrDefault(name, 0);
            if (before != after) {
                found.add("operator " + name + ": " + before + " against " + after);
            }
        }
        nodes(a, b, found);
        return found;
    }

    private static void differ(List<String> found, String kind, List<String> a, List<String> b) {
        if (!a.equals(b)) {
            found.add(kind + ": " + String.join(", ", a) + " against " + String.join(", ", b));
        }
    }

    private static List<String> outputs(Graph g) {
        List<String> outputs = new ArrayList<>();
        for (int i = 0; i < g.outputs().size(); i++) {
            outputs.add("%" + g.outputNames().get(i) + ": " + g.outputs().get(i).type());
        }
        return outputs;
    }

    private static Map<String, Integer> operators(Graph g) {
        Map<String, Integer> counts = new TreeMap<>();
        g.nodes().forEach(n -> counts.merge(n.op().name(), 1, Integer::sum));
        return counts;
    }

    /// Nodes of one name with other operators or attributes, and those that one model only has.
    private static void nodes(Graph a, Graph b, List<String> found) {
        Map<String, Node> ofB = byOrigin(b);
        List<String> lacking = new ArrayList<>();
        for (Map.Entry<String, Node> e : byOrigin(a).entrySet()) {
            Node other = ofB.remove(e.getKey());
            if (other == null) {
                lacking.add(e.getValue().title());
            } else if (!other.op().equals(e.getValue().op())) {
                found.add("node " + e.getKey() + ": " + e.getValue().op() + " against " + other.op());
            }
        }
        only(found, "only in the first", lacking);
        only(found, "only in the second", ofB.values().stream().map(Node::title).toList());
    }

    private static void only(List<String> found, String where, List<String> titles) {
        if (!titles.isEmpty()) {
            List<String> shown = titles.subList(0, Math.min(TITLES_SHOWN, titles.size()));
            String more = titles.size() > shown.size() ? " and " + (titles.size() - shown.size()) + " more" : "";
            found.add(where + ": " + String.join(", ", shown) + more);
        }
    }

    /// Where one node of a file has become several, the last one stands for it.
    private static Map<String, Node> byOrigin(Graph g) {
        Map<String, Node> nodes = new LinkedHashMap<>();
        for (Node n : g.nodes()) {
            n.origins().stream().filter(o -> !o.startsWith("rule: ")).forEach(o -> nodes.put(o, n));
        }
        return nodes;
    }
}
