package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PrecisionOptionTest {
    private static final String MODEL =
            Path.of("..", "fixtures", "models", "digits-mlp", "model.onnx").toString();

    @Test
    void aBackendWithoutSuchUnitsComputesExactly() {
        for (String precision : new String[] {"f32", "tf32", "bf16", "f16"}) {
            assertThat(Commands.run("run", MODEL, "--backend", "cpu", "--precision", precision)
                            .status())
                    .isZero();
        }
    }

    @Test
    void anotherFormatIsRefused() {
        Commands.Outcome outcome = Commands.run("bench", MODEL, "--backend", "cpu", "--precision", "f8");
        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.said()).contains("--precision must be f32, tf32, bf16 or f16, not f8");
    }
}
