package dev.quern.convert;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import java.util.List;

/// Forgets the names of nodes and of the values between them. Inputs, outputs and initializers keep theirs, and so do
/// the operands of operators that this library does not know.
public record StripNames() implements Transform {

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().anyMatch(n -> n.op() instanceof OpaqueOp)) {
            return graph;
        }
        GraphCopy copy = new GraphCopy(graph).inputs();
        for (Node n : graph.nodes()) {
            List<Value> results = copy.builder().at(List.of()).apply(n.op(), copy.of(n.inputs()));
            for (int i = 0; i < results.size(); i++) {
                copy.put(n.output(i), results.get(i));
            }
        }
        return copy.finish();
    }
}
