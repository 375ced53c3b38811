package dev.quern.rewrite;

import dev.quern.graph.Graph;
import dev.quern.graph.OpaqueOp;
import java.util.List;
import java.util.stream.Stream;

/// The standard sequences of passes.
public final class Passes {
    private static final List<Pass> INFERENCE = List.of(
            new ApplyRules(exact()),
            new ApplyRules(List.of(new DequantizedMoves())),
            new FoldConstants(),
            new DropUnused());

    /// What is wanted as integers first; sums that leave them have their scales put behind them after that.
    private static final List<Pass> IN_INTEGERS = List.of(
            new ApplyRules(exact()),
            new ApplyRules(List.of(new RequantizedProducts())),
            new DropUnused(),
            new ApplyRules(List.of(new ScaledProducts())),
            new FoldConstants(),
            new DropUnused());

    private static final List<Pass> SIMPLER = List.of(
            new DecideBranches(),
            new ApplyRules(Simplifications.all()),
            new ComputeConstants(),
            new FoldScales(),
            new DropUnused());
    private static final int MOST_ROUNDS = 8;

    private Passes() {}

    private static List<Rewriting> exact() {
        return Stream.concat(Rules.EXACT.stream(), Stream.of(new QuantizedMoves()))
                .toList();
    }

    /// What a graph goes through before it is planned for inference.
    public static Graph forInference(Graph graph) {
        return apply(INFERENCE, graph);
    }

    /// The same for devices that multiply integers: products and convolutions between scales work on them.
    public static Graph inIntegers(Graph graph) {
        return apply(IN_INTEGERS, graph);
    }

    /// A graph for inference that is no larger, in nodes and in bytes: what follows from constants and shapes is
    /// computed, what does nothing is left out, scales and shifts go into weights, bodies included. Unknown
    /// operators may read values by name, so graphs that have some are left as they are.
    public static Graph simplified(Graph graph) {
        boolean unknown = graph.nodes().stream().anyMatch(n -> n.op() instanceof OpaqueOp);
        return unknown ? graph : new WithinBodies(Passes::simpler).apply(graph);
    }

    /// One step may make room for another: again, until nothing changes any more.
    private static Graph simpler(Graph graph) {
        Graph before = graph;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            Graph after = apply(SIMPLER, before);
            if (after.nodes().size() == before.nodes().size()
                    && after.constants().size() == before.constants().size()) {
                return after;
            }
            before = after;
        }
        return before;
    }

    static Graph apply(List<Pass> passes, Graph graph) {
        Graph result = graph;
        for (Pass p : passes) {
            result = p.apply(result);
        }
        return result;
    }
}
