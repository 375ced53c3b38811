package dev.quern.rewrite;

import dev.quern.graph.Graph;
import java.util.List;

/// The standard sequences of passes.
public final class Passes {
    private static final List<Pass> INFERENCE =
            List.of(new ApplyRules(Rules.EXACT), new FoldConstants(), new DropUnused());

    private Passes() {}

    /// What a graph goes through before it is planned for inference.
    public static Graph forInference(Graph graph) {
        return apply(INFERENCE, graph);
    }

    static Graph apply(List<Pass> passes, Graph graph) {
        Graph result = graph;
        for (Pass p : passes) {
            result = p.apply(result);
        }
        return result;
    }
}
