package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.ControlFlow;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Datum;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Nodes that must keep their type because rounding makes something infinite or NaN that was finite: the square root
/// of what is left when two near numbers are subtracted, say. They are found by running the changed graph: where a
/// value is no longer finite the node that makes it keeps its type, and if that is not enough those that make its
/// operands, ring by ring.
final class FiniteIslands {
    /// Rings around a node; what needs more is as it is, and the report shows it.
    private static final int RINGS = 6;

    private FiniteIslands() {}

    /// `change`, with more nodes that keep their type.
    static ChangePrecision of(
            ChangePrecision change, Graph graph, Seen before, List<Map<String, Datum>> inputs, ModelOptions options) {
        ChangePrecision grown = change;
        for (int ring = 0; ring < RINGS; ring++) {
            Set<String> broken =
                    new HashSet<>(Seen.of(grown.apply(graph), inputs, options).notFinite());
            broken.removeAll(before.notFinite());
            Set<String> kept = new HashSet<>(grown.unstable());
            grow(graph, broken, kept);
            if (kept.size() == grown.unstable().size()) {
                return grown;
            }
            grown = grown.keeping(kept);
        }
        return grown;
    }

    /// Adds the nodes that make something that is no longer finite of finite operands: those in a body rather than
    /// the loop around them. What a body is given counts as finite, since a loop gives it what it made before.
    private static void grow(Graph graph, Set<String> broken, Set<String> kept) {
        for (Node n : graph.nodes()) {
            boolean isFirst = n.outputs().stream().anyMatch(v -> broken.contains(v.name()))
                    && n.inputs().stream().noneMatch(v -> v.producer().isPresent() && broken.contains(v.name()));
            int before = kept.size();
            if (isFirst && n.op() instanceof ControlFlow control) {
                control.bodies().forEach(b -> grow(b, broken, kept));
            }
            if (isFirst && kept.size() == before) {
                grow(n, kept);
            }
        }
    }

    /// Adds `n`, or what lies next to the island that it is in.
    private static void grow(Node n, Set<String> kept) {
        Set<String> old = Set.copyOf(kept);
        Deque<Node> open = new ArrayDeque<>(List.of(n));
        Set<Node> seen = new HashSet<>();
        while (!open.isEmpty()) {
            Node next = open.pop();
            if (!seen.add(next)) {
                continue;
            }
            String name = next.output(0).name();
            if (kept.add(name) || !old.contains(name)) {
                continue;
            }
            next.inputs().stream()
                    .map(Value::producer)
                    .flatMap(Optional::stream)
                    .forEach(open::push);
        }
    }
}
