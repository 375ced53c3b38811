package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/// Leaves out nodes that no output depends on.
record DropUnused() implements Pass {

    @Override
    public Graph apply(Graph graph) {
        Set<Node> used = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.outputs().forEach(v -> v.producer().ifPresent(used::add));
        for (Node n : graph.nodes().reversed()) {
            if (used.contains(n)) {
                n.inputs().forEach(v -> v.producer().ifPresent(used::add));
            }
        }
        GraphCopy copy = new GraphCopy(graph).inputs();
        graph.nodes().stream().filter(used::contains).forEach(copy::copy);
        return copy.finish();
    }
}
