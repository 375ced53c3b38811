package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// Which nodes of a graph its outputs depend on, and which of their results. All where the body of an
/// unknown operator reads values by name.
final class Uses {
    private final Graph graph;
    private final Set<Node> needed = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Value> read = Collections.newSetFromMap(new IdentityHashMap<>());
    private final boolean all;

    private Uses(Graph graph) {
        this.graph = graph;
        this.all = graph.nodes().stream().anyMatch(Uses::readsByName);
        graph.outputs().forEach(this::read);
        for (Node n : graph.nodes().reversed()) {
            if (all || needed.contains(n)) {
                needed.add(n);
                n.inputs().forEach(this::read);
            }
        }
    }

    private static boolean readsByName(Node n) {
        return n.op() instanceof OpaqueOp op
                && op.original()
                        .filter(o -> o instanceof OnnxNode(var proto)
                                && !FreeNames.of(proto).isEmpty())
                        .isPresent();
    }

    private void read(Value v) {
        read.add(v);
        v.producer().ifPresent(needed::add);
    }

    static Uses of(Graph graph) {
        return new Uses(graph);
    }

    /// Of the graph in `words`, of whose `results` some are wanted.
    static Uses of(GraphBuilder words, List<Value> results, Predicate<Integer> wanted) {
        for (int i = 0; i < results.size(); i++) {
            if (wanted.test(i)) {
                words.output(results.get(i).name(), results.get(i));
            }
        }
        return new Uses(words.build());
    }

    /// A node of its own, in no graph.
    static Node alone(Op op, List<Value> in) {
        GraphBuilder g = new GraphBuilder(op.name());
        g.apply(op, in);
        return g.build().nodes().getFirst();
    }

    /// In order.
    List<Node> nodes() {
        return graph.nodes().stream().filter(needed::contains).toList();
    }

    boolean isWanted(Value v) {
        return all || read.contains(v);
    }
}
