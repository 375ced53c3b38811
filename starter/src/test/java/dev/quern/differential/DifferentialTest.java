package dev.quern.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.differential.Differential.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Random graphs give on both backends what ONNX Runtime makes of them.
///
/// `-Dquern.fuzz.graphs=20000` draws that many chains, and as many single nodes, instead of the few of a build;
/// `-Dquern.fuzz.seed=…` draws others.
final class DifferentialTest {
    private static final int GRAPHS = Integer.getInteger("quern.fuzz.graphs", 300);
    private static final long SEED = Long.getLong("quern.fuzz.seed", 0);
    private static final int EACH = Math.max(3, GRAPHS / Draws.ROWS.size());

    private final OnnxRuntime oracle = new OnnxRuntime();
    private final Differential differential = new Differential(oracle);

    static Stream<String> operators() {
        return Draws.ROWS.stream().map(OperatorDraw::name);
    }

    @ParameterizedTest
    @MethodSource("operators")
    void singleNode(String name) {
        OperatorDraw row = Draws.named(name);
        int accepted = 0;
        for (long seed = SEED; accepted < EACH && seed < SEED + 20L * EACH; seed++) {
            int opset = row.since() + (int) (seed % (row.until() - row.since() + 1));
            accepted += single(row, opset, seed) ? 1 : 0;
        }
        assertThat(accepted).as("nodes that ONNX Runtime accepts").isPositive();
    }

    static Stream<Arguments> remembered() {
        return Remembered.rows().stream().map(row -> Arguments.of(Named.of(row.name(), row)));
    }

    @ParameterizedTest
    @MethodSource("remembered")
    void agreedSince(OperatorDraw row) {
        assertThat(single(row, row.since(), 0)).isTrue();
    }

    private boolean single(OperatorDraw row, int opset, long seed) {
        RandomGraph graph = new RandomGraph(seed, opset, oracle);
        if (!graph.grow(row)) {
            return false;
        }
        Optional<Finding> finding = differential.check(graph);
        assertThat(finding)
                .as(() -> row.name() + "@" + opset + "#" + seed + ", " + graph)
                .isEmpty();
        return true;
    }

    @Test
    void chains() {
        Map<String, Integer> counts = new TreeMap<>();
        List<String> findings = new ArrayList<>();
        int tried = 0;
        for (long seed = SEED; seed < SEED + GRAPHS; seed++) {
            RandomGraph graph = Draws.chain(seed, oracle);
            if (graph.nodes().isEmpty()) {
                continue;
            }
            tried++;
            Optional<Finding> finding = differential.check(graph);
            if (finding.isPresent()) {
                int same = counts.merge(finding.get().operator(), 1, Integer::sum);
                if (same <= 2) {
                    findings.add("chain " + seed + ": " + finding.get() + ", " + graph);
                }
            }
        }
        System.Logger log = System.getLogger("dev.quern.differential");
        log.log(System.Logger.Level.INFO, "chains tried: " + tried + ", that disagree, by operator: " + counts);
        assertThat(findings).isEmpty();
    }
}
