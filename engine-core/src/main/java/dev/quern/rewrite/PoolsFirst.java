package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Pools;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Has a max pool come before the Relu whose only reader it is, for training: the Relu and its gradient then pass over
/// as many elements as there are windows. Results and gradients keep their bits, since Relu keeps the order: where it
/// makes a window's elements one zero, no gradient flows.
public record PoolsFirst() implements Pass {

    @Override
    public Graph apply(Graph graph) {
        Map<Value, Integer> readers = new IdentityHashMap<>();
        graph.nodes().forEach(n -> n.inputs().forEach(v -> readers.merge(v, 1, Integer::sum)));
        graph.outputs().forEach(v -> readers.merge(v, 1, Integer::sum));
        Set<Node> swapped = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.nodes().stream()
                .filter(PoolsFirst::isPool)
                .flatMap(n -> n.input(0).producer().stream())
                .filter(n -> n.op().equals(Activations.RELU) && readers.getOrDefault(n.output(0), 0) == 1)
                .forEach(swapped::add);
        return swapped.isEmpty() ? graph : rebuilt(graph, swapped);
    }

    private static boolean isPool(Node n) {
        return n.op() instanceof Pools.MaxPool p && !p.withIndices() && p.meetsElements();
    }

    /// @param swapped the Relus, each of which its pool's place is given
    private static Graph rebuilt(Graph graph, Set<Node> swapped) {
        GraphCopy copy = new GraphCopy(graph).inputs();
        for (Node n : graph.nodes()) {
            Node relu = n.inputs().isEmpty() ? null : n.input(0).producer().orElse(null);
            if (swapped.contains(n)) {
                copy.put(n.output(0), copy.of(n.input(0)));
            } else if (relu != null && swapped.contains(relu)) {
                copy.copy(n);
                Value pooled = copy.of(n.output(0));
                copy.builder().at(relu.origins());
                copy.put(
                        n.output(0),
                        copy.builder().apply(relu.op(), List.of(pooled)).getFirst());
            } else {
                copy.copy(n);
            }
        }
        return copy.finish();
    }
}
