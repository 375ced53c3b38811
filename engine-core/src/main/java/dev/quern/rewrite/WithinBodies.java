package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.op.ControlFlow;

/// Applies a pass to the bodies of branches and loops, innermost first, then to the graph itself.
///
/// @param pass must keep the inputs and outputs of a graph, as every pass does
public record WithinBodies(Pass pass) implements Pass {

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(n -> n.op() instanceof ControlFlow)) {
            return pass.apply(graph);
        }
        GraphCopy copy = new GraphCopy(graph).inputs();
        for (Node n : graph.nodes()) {
            if (n.op() instanceof ControlFlow control) {
                copy.copy(n, control.with(control.bodies().stream().map(this).toList()));
            } else {
                copy.copy(n);
            }
        }
        return pass.apply(copy.finish());
    }
}
