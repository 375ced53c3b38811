package dev.quern.differential;

import dev.quern.differential.Differential.Finding;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Many graphs, and what came of them; a finding is printed and counted, and the run goes on.
final class LongRun {
    private static final int SHOWN = 2;

    private final OnnxRuntime oracle;
    private final Differential differential;
    private final PrintStream report;
    private final Map<String, Integer> findings = new TreeMap<>();
    private int agreed;
    private int refusedByBoth;
    private int refusedByOnnxRuntime;
    private int refusedByQuern;
    private int killed;

    LongRun(OnnxRuntime oracle, PrintStream report) {
        this.oracle = oracle;
        this.differential = new Differential(oracle);
        this.report = report;
    }

    /// One node of each row whose name starts so, in each seed.
    void single(String row, long from, long to) {
        for (OperatorDraw r : Draws.ROWS) {
            if (r.name().startsWith(row)) {
                for (long seed = from; seed < to; seed++) {
                    single(r, seed);
                }
            }
        }
    }

    private void single(OperatorDraw row, long seed) {
        RandomGraph graph = new RandomGraph(seed, row.opset(seed), oracle);
        String name = row.name() + "@" + row.opset(seed) + "#" + seed;
        Optional<NodeDraw.Drawn> refused = graph.grow(row);
        if (refused.isEmpty()) {
            judge(row.name(), name, graph);
        } else if (!died(name, graph)) {
            graph.force(refused.get());
            if (differential.accepts(graph)) {
                refusedByOnnxRuntime++;
            } else {
                refusedByBoth++;
            }
        }
    }

    /// A chain of nodes for each seed.
    void chains(long from, long to) {
        for (long seed = from; seed < to; seed++) {
            RandomGraph graph = Draws.chain(seed, oracle);
            died("chain#" + seed, graph);
            if (!graph.nodes().isEmpty()) {
                judge("chain", "chain#" + seed, graph);
            }
        }
    }

    private boolean died(String name, RandomGraph graph) {
        graph.deaths().forEach(death -> report.println("killed " + name + ": " + death));
        killed += graph.deaths().size();
        return !graph.deaths().isEmpty();
    }

    private void judge(String row, String name, RandomGraph graph) {
        Optional<Finding> finding = differential.check(graph);
        if (finding.isEmpty()) {
            agreed++;
            return;
        }
        if (finding.get().what().contains("refused: ")) {
            refusedByQuern++;
        }
        if (findings.merge(row + ": " + finding.get().operator(), 1, Integer::sum) <= SHOWN) {
            report.println("differs " + name + ": " + finding.get() + ", " + graph);
        }
    }

    int different() {
        return findings.values().stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public String toString() {
        int tried = agreed + different() + refusedByBoth + refusedByOnnxRuntime + killed;
        return "tried " + tried + ": agreed " + agreed + ", different " + different() + " (refused by Quern alone "
                + refusedByQuern + "), refused by ONNX Runtime alone " + refusedByOnnxRuntime + ", refused by both "
                + refusedByBoth + ", killed ONNX Runtime " + killed + "; different: " + findings;
    }
}
