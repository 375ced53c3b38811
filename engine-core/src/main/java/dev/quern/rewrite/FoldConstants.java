package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.tensor.Tensor;
import java.util.Optional;

/// Computes nodes whose results follow from constants and fixed shapes.
record FoldConstants() implements Pass {

    @Override
    public Graph apply(Graph graph) {
        GraphCopy copy = new GraphCopy(graph).inputs();
        for (Node n : graph.nodes()) {
            copy.copy(n);
            for (Value v : n.outputs()) {
                Optional<Tensor> known = copy.builder().valueOf(copy.of(v));
                known.ifPresent(t -> copy.put(v, copy.builder().constant(t)));
            }
        }
        return copy.finish();
    }
}
