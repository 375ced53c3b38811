package dev.quern.differential;

import dev.quern.differential.Differential.Finding;
import dev.quern.tensor.ShapeException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Many graphs, and what came of them; a finding is printed and counted, and the run goes on.
final class LongRun {
    private static final int SHOWN = 2;

    private final OnnxRuntime oracle;
    private final Differential differential;
    private final PrintStream report;
    private final Map<String, Integer> findings = new TreeMap<>();
    private final Set<String> reasons = new HashSet<>();
    private int agreed;
    private int derivatives;
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
        Optional<RandomGraph.Refusal> refused = graph.grow(row);
        if (refused.isEmpty()) {
            judge(row.name(), name, graph);
        } else if (!died(name, graph)) {
            graph.force(refused.get().drawn());
            if (differential.accepts(graph)) {
                refusedByOnnxRuntime++;
                String reason = refused.get().reason().lines().findFirst().orElse("");
                if (reasons.add(row.name() + reason.replaceAll("[0-9]+", ""))) {
                    report.println("refused " + name + ": " + reason);
                }
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

    /// Chains written anew at an opset and read again.
    void rewritten(long from, long to, Path folder) {
        Rewritten rewritten = new Rewritten(folder.resolve("rewritten.onnx"));
        for (long seed = from; seed < to; seed++) {
            RandomGraph graph = Draws.chain(seed, oracle);
            int opset = RandomGraph.random(seed).nextInt(Draws.OLDEST - 1, OperatorDraw.NEWEST + 1);
            Optional<Integer> wanted = opset < Draws.OLDEST ? Optional.empty() : Optional.of(opset);
            Rewritten.Outcome outcome = rewritten.of(graph, wanted, seed % 2 == 0);
            String name = "chain#" + seed + " written at "
                    + wanted.map(Object::toString).orElse("a current opset");
            if (outcome.refused()) {
                refusedByBoth++;
            } else {
                count("written", name, graph, outcome.difference());
            }
        }
    }

    /// Chains of doubles and their gradients.
    void gradients(long from, long to) {
        for (long seed = from; seed < to; seed++) {
            RandomGraph graph = Draws.doubles(seed, oracle);
            Optional<String> difference;
            try {
                DrawnGradient.Outcome outcome = DrawnGradient.of(graph);
                derivatives += outcome.judged();
                difference = outcome.difference();
            } catch (ShapeException e) {
                // Shape operands that a gradient has to know may be inputs here.
                continue;
            } catch (RuntimeException e) {
                difference = Optional.of(e + " at " + e.getStackTrace()[0]);
            }
            count("gradient", "doubles#" + seed, graph, difference);
        }
    }

    private void count(String kind, String name, RandomGraph graph, Optional<String> difference) {
        if (difference.isEmpty()) {
            agreed++;
            return;
        }
        String last = graph.nodes().isEmpty()
                ? "nothing"
                : graph.nodes().getLast().node().opType();
        if (findings.merge(kind + ": " + last, 1, Integer::sum) <= SHOWN) {
            report.println("differs " + name + ": " + difference.get() + ", " + graph);
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
                + refusedByBoth + ", killed ONNX Runtime " + killed + ", partial derivatives compared " + derivatives
                + "; different: " + findings;
    }
}
