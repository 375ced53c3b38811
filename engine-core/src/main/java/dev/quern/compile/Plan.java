package dev.quern.compile;

import dev.quern.backend.Backend;
import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// What runs where: steps in order. Made once for a graph, for every binding of its dims.
public record Plan(Graph graph, List<Step> steps) {

    public Plan {
        steps = List.copyOf(steps);
    }

    /// One part of a plan.
    public sealed interface Step {}

    /// Nodes that one backend runs as one program.
    ///
    /// @param inputs values from before that the region reads: graph inputs and results of earlier steps
    /// @param outputs values that later steps or the graph's outputs read
    /// @param keyed the inputs whose value, not only type, decides shapes; they are part of the binding
    /// @param reasons why nodes are not on the backend that was asked for
    public record Region(
            Backend backend,
            List<Node> nodes,
            List<Value> inputs,
            List<Value> outputs,
            Set<Value> keyed,
            Map<Node, String> reasons)
            implements Step {

        /// A region on the backend that was asked for.
        public Region(Backend backend, List<Node> nodes, List<Value> inputs, List<Value> outputs, Set<Value> keyed) {
            this(backend, nodes, inputs, outputs, keyed, Map.of());
        }

        public Region {
            nodes = List.copyOf(nodes);
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }

    /// A node that runs on the host, and why.
    public record HostStep(Node node, String reason) implements Step {}

    /// The one region, where the whole graph is one.
    public boolean isOneRegion() {
        return steps.size() == 1 && steps.getFirst() instanceof Region;
    }

    /// The names of the backends that run parts of the graph, `host` among them where the host does, each once.
    public List<String> places() {
        return steps.stream()
                .map(s -> switch (s) {
                    case Region r -> r.backend().name();
                    case HostStep ignored -> "host";
                })
                .distinct()
                .toList();
    }

    /// The placement report: each region with its nodes, each host step with its reason, and what the backends
    /// remark.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Step s : steps) {
            switch (s) {
                case Region r -> {
                    text.append(String.format(
                            Locale.ROOT,
                            "%s: %d nodes%n",
                            r.backend().name(),
                            r.nodes().size()));
                    for (Node n : r.nodes()) {
                        String why = r.reasons().get(n);
                        text.append("  ")
                                .append(n.title())
                                .append(why == null ? "" : " (" + why + ")")
                                .append('\n');
                    }
                }
                case HostStep h ->
                    text.append("host: ")
                            .append(h.node().title())
                            .append(" (")
                            .append(h.reason())
                            .append(")\n");
            }
        }
        steps.stream()
                .flatMap(s -> s instanceof Region r ? Stream.of(r.backend()) : Stream.empty())
                .distinct()
                .forEach(b -> b.remarks()
                        .forEach(line ->
                                text.append(b.name()).append(": ").append(line).append('\n')));
        return text.toString();
    }
}
