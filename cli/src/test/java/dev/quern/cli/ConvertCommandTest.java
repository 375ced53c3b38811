package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.session.Model;
import dev.quern.session.ModelFormat;
import dev.quern.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `quern convert` on the committed models.
final class ConvertCommandTest {
    private static final Path MODELS = Path.of("..", "fixtures", "models");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "digits-cnn",
                "digits-cnn-bn",
                "digits-mlp-external",
                "keras-digits",
                "skl-logreg-iris",
                "skl-rf-digits"
            })
    void verifiesAfterwards(String name) throws Exception {
        Path out = beside(name);
        assertThat(Main.run("convert", model(name), out.toString())).isZero();
        assertThat(Main.run("verify", out.toString())).isZero();
        assertThat(Main.run("convert", model(name), out.toString(), "--simplify"))
                .isZero();
        assertThat(Main.run("verify", out.toString())).isZero();
    }

    @Test
    void weightsInAFileOfTheirOwn() throws Exception {
        Path out = beside("digits-cnn");
        assertThat(Main.run("convert", model("digits-cnn"), out.toString(), "--external", "weights.bin"))
                .isZero();
        assertThat(out.resolveSibling("weights.bin")).isNotEmptyFile();
        assertThat(Files.size(out)).isLessThan(Files.size(Path.of(model("digits-cnn"))));
        assertThat(Main.run("verify", out.toString())).isZero();
    }

    @Test
    void fixedShapes() {
        Path out = folder.resolve("fixed.onnx");
        assertThat(Main.run("convert", model("digits-cnn"), out.toString(), "--shape", "x=5x1x8x8"))
                .isZero();
        ModelFormat.Loaded written = Model.read(out);
        assertThat(written.graph().inputs().getFirst().type()).hasToString("f32[5,1,8,8]");
        assertThat(written.graph().outputs().getFirst().type()).hasToString("f32[5,10]");
        try (Model before = Model.load(Path.of(model("digits-cnn")));
                Model after = Model.load(out)) {
            Tensor x = Tensor.of(new float[5 * 64], 5, 1, 8, 8);
            assertThat(after.run(x).sameAs(before.run(x))).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"y=1x1x8x8", "x=1x8", "x=1xtwo"})
    void wrongShape(String shape) {
        String out = folder.resolve("out.onnx").toString();
        assertThat(Main.run("convert", model("digits-cnn"), out, "--shape", shape))
                .isEqualTo(Main.WRONG_INPUT);
    }

    @Test
    void weightsElsewhere() {
        String out = folder.resolve("out.onnx").toString();
        assertThat(Main.run("convert", model("digits-cnn"), out, "--external", "../weights.bin"))
                .isEqualTo(Main.WRONG_INPUT);
    }

    private static String model(String name) {
        return MODELS.resolve(name).resolve("model.onnx").toString();
    }

    /// A file with the data sets of the model beside it.
    private Path beside(String name) throws Exception {
        for (int set = 0; set < 2; set++) {
            Path from = MODELS.resolve(name).resolve("test_data_set_" + set);
            Path to = Files.createDirectories(folder.resolve(from.getFileName().toString()));
            try (var files = Files.list(from)) {
                for (Path f : files.toList()) {
                    Files.copy(f, to.resolve(f.getFileName().toString()));
                }
            }
        }
        return folder.resolve("model.onnx");
    }
}
