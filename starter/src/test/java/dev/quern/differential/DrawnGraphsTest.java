package dev.quern.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Drawn graphs judged without ONNX Runtime: their gradients, and what they are after they were written anew.
/// [LongRunTest] draws more.
final class DrawnGraphsTest {
    @TempDir
    Path folder;

    @Test
    void gradientsAgreeWithDifferences() {
        agrees(run -> run.gradients(0, 120));
    }

    @Test
    void writtenAnewAtAnyOpsetTheyGiveTheSame() {
        agrees(run -> run.rewritten(0, 120, folder));
    }

    private static void agrees(Consumer<LongRun> checks) {
        ByteArrayOutputStream report = new ByteArrayOutputStream();
        try (OnnxRuntime oracle = new OnnxRuntime()) {
            LongRun run = new LongRun(oracle, new PrintStream(report, true, StandardCharsets.UTF_8));
            checks.accept(run);
            assertThat(run.different())
                    .as(() -> run + "\n" + report.toString(StandardCharsets.UTF_8))
                    .isZero();
        }
    }
}
