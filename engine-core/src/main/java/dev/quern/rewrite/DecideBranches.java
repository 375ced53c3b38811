package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.ControlFlow;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// Puts the branch of an If whose condition is known in the place of the If.
public record DecideBranches() implements Pass {

    @Override
    public Graph apply(Graph graph) {
        GraphCopy copy = new GraphCopy(graph).inputs();
        for (Node n : graph.nodes()) {
            Optional<Tensor> condition =
                    n.op() instanceof ControlFlow.If ? copy.builder().valueOf(copy.of(n.input(0))) : Optional.empty();
            if (n.op() instanceof ControlFlow.If branches && condition.isPresent()) {
                inline(copy, n, branches, condition.get().getLong(0) != 0);
            } else {
                copy.copy(n);
            }
        }
        return copy.finish();
    }

    private static void inline(GraphCopy copy, Node n, ControlFlow.If branches, boolean condition) {
        List<Value> operands = copy.of(n.inputs());
        int split = 1 + branches.then().inputs().size();
        List<Value> results = condition
                ? copy.builder().inline(branches.then(), operands.subList(1, split))
                : copy.builder().inline(branches.otherwise(), operands.subList(split, operands.size()));
        for (int i = 0; i < results.size(); i++) {
            copy.put(n.output(i), results.get(i));
        }
    }
}
