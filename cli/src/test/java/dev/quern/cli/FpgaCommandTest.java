package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.backend.Availability;
import dev.quern.backend.Backends;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From a float model to a bundle for a card, by commands.
final class FpgaCommandTest {
    private static final Path MODEL = Path.of("..", "fixtures", "models", "digits-cnn-bn");

    @TempDir
    Path folder;

    private static boolean hasOpenCl() {
        return Backends.providers().stream()
                .anyMatch(p -> p.name().equals("opencl") && p.probe() instanceof Availability.Available);
    }

    @Test
    void convertedBundledAndRun() {
        String int8 = folder.resolve("int8.onnx").toString();
        String model = MODEL.resolve("model.onnx").toString();
        assertThat(Main.run("convert", model, int8, "--dtype", "int8", "--calibrate", MODEL.toString()))
                .isZero();
        String bundle = folder.resolve("bundle").toString();
        assertThat(Main.run("fpga", "bundle", int8, "-o", bundle)).isZero();
        assertThat(folder.resolve("bundle").resolve("placement.txt"))
                .content()
                .contains("fpga: ", "ConvInteger", "Requantize");
        assertThat(Main.run(
                        "fpga", "seal", bundle, folder.resolve("none.xclbin").toString()))
                .isEqualTo(Main.WRONG_INPUT);
        assumeTrue(hasOpenCl(), "no OpenCL device here");
        assertThat(Main.run("fpga", "bundle", int8, "-o", bundle, "--build")).isZero();
        System.setProperty("quern.fpga.bundle", bundle);
        try {
            assertThat(Main.run("run", int8, "--backend", "fpga")).isZero();
        } finally {
            System.clearProperty("quern.fpga.bundle");
        }
    }
}
