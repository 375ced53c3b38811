package dev.quern.gradient;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A graph in the form in which gradients share what it computes: composites that depend on some of its inputs are
/// expanded, so that [Gradient] does not expand them a second time, unless they say their gradient themselves, and
/// primitives take the form that [remembers][PrimitiveOp#remembering()] what their adjoints need.
public final class Expanded {
    private Expanded() {}

    /// @param leaves positions of the inputs that gradients are wanted of
    public static Graph of(Graph graph, List<Integer> leaves) {
        Graph result = graph;
        for (Graph next = round(result, leaves); next != result; next = round(result, leaves)) {
            result = next;
        }
        return result;
    }

    /// Expands once; a composite may stand for composites. The graph itself where nothing is left to expand.
    private static Graph round(Graph graph, List<Integer> leaves) {
        Set<Value> active = Collections.newSetFromMap(new IdentityHashMap<>());
        leaves.forEach(i -> active.add(graph.inputs().get(i)));
        GraphBuilder g = new GraphBuilder(graph.name());
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.inputs().forEach(v -> to.put(v, g.input(v.name(), v.type())));
        boolean expanded = false;
        for (Node n : graph.nodes()) {
            boolean onPath = n.inputs().stream().anyMatch(active::contains);
            if (onPath) {
                active.addAll(n.outputs());
            }
            if (onPath
                    && n.op() instanceof CompositeOp op
                    && !op.saysGradient()
                    && op.isExpandable(g.operands(operands(n, to)))) {
                expand(g, op, n, to);
                expanded = true;
            } else if (onPath
                    && n.op() instanceof PrimitiveOp op
                    && !op.remembering().equals(op)) {
                g.at(n.origins());
                take(n, g.apply(op.remembering(), operands(n, to)), to);
                expanded = true;
            } else {
                g.copy(n, to);
            }
        }
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            g.output(graph.outputNames().get(i), to.getOrDefault(v, v));
        }
        return expanded ? g.build() : graph;
    }

    private static void expand(GraphBuilder g, CompositeOp op, Node n, Map<Value, Value> to) {
        g.at(n.origins());
        take(n, op.expand(g, operands(n, to)), to);
    }

    private static void take(Node n, List<Value> results, Map<Value, Value> to) {
        for (int i = 0; i < n.outputs().size(); i++) {
            to.put(n.output(i), results.get(i));
        }
    }

    private static List<Value> operands(Node n, Map<Value, Value> to) {
        return n.inputs().stream().map(v -> to.getOrDefault(v, v)).toList();
    }
}
