package dev.quern.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Not part of the build: `./mvnw -pl starter -am test -Dtest=LongRunTest -Dsurefire.failIfNoSpecifiedTests=false
/// -Dquern.fuzz.graphs=20000` tries as many chains, about as many single
/// nodes, and a tenth as many gradients and rewritten chains; `-Dquern.fuzz.seed=…` others.
///
/// `target/differential.txt` says what disagreed and what ended ONNX Runtime. The name of a graph there
/// (`Resize@13#77`) is its row, opset and seed.
final class LongRunTest {
    private static final Path REPORT = Path.of("target", "differential.txt");

    @Test
    @EnabledIfSystemProperty(named = "quern.fuzz.graphs", matches = "[1-9][0-9]*")
    void everythingAgrees() throws IOException {
        int graphs = Integer.getInteger("quern.fuzz.graphs");
        long seed = Long.getLong("quern.fuzz.seed", 0);
        Files.createDirectories(REPORT.getParent());
        try (PrintStream report = new PrintStream(Files.newOutputStream(REPORT), true, StandardCharsets.UTF_8);
                OnnxRuntime oracle = new OnnxRuntime()) {
            LongRun run = new LongRun(oracle, report);
            run.single("", seed, seed + Math.ceilDiv(graphs, Draws.ROWS.size()));
            run.chains(seed, seed + graphs);
            run.gradients(seed, seed + graphs / 10);
            run.rewritten(seed, seed + graphs / 10, REPORT.getParent());
            report.println(run);
            assertThat(run.different()).as(run + "; see " + REPORT).isZero();
        }
    }
}
