package dev.quern.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.differential.Differential.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Random graphs give on both backends what ONNX Runtime makes of them.
///
/// [LongRunTest] draws more.
final class DifferentialTest {
    private static final int CHAINS = 300;
    private static final int EACH = 3;

    private static OnnxRuntime oracle;
    private static Differential differential;

    @BeforeAll
    static void start() {
        oracle = new OnnxRuntime();
        differential = new Differential(oracle);
    }

    @AfterAll
    static void end() {
        oracle.close();
    }

    static Stream<String> operators() {
        return Draws.ROWS.stream().map(OperatorDraw::name);
    }

    @ParameterizedTest
    @MethodSource("operators")
    void singleNode(String name) {
        OperatorDraw row = Draws.named(name);
        int accepted = 0;
        for (long seed = 0; accepted < EACH && seed < 20 * EACH; seed++) {
            accepted += single(row, row.opset(seed), seed) ? 1 : 0;
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

    static Stream<Arguments> settled() {
        return Settled.rows().stream().map(s -> Arguments.of(Named.of(s.row().name(), s)));
    }

    /// With fixed and with symbolic extents.
    @ParameterizedTest
    @MethodSource
    void settled(Settled settled) {
        boolean symbolic = false;
        boolean fixed = false;
        for (long seed = 0; !symbolic || !fixed; seed++) {
            RandomGraph graph = new RandomGraph(seed, settled.row().since(), oracle);
            NodeDraw.Drawn drawn = graph.force(settled.row());
            assertThat(differential.check(graph, settled.named(drawn))).isEmpty();
            symbolic |= graph.isSymbolic();
            fixed |= !graph.isSymbolic();
        }
    }

    private boolean single(OperatorDraw row, int opset, long seed) {
        RandomGraph graph = new RandomGraph(seed, opset, oracle);
        if (graph.grow(row).isPresent()) {
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
        for (long seed = 0; seed < CHAINS; seed++) {
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
