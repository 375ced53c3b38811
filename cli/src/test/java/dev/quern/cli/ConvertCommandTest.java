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

    @Test
    void halfPrecisionWithinItsTolerance() throws Exception {
        Path out = beside("digits-cnn");
        String data = out.resolveSibling("test_data_set_0").toString();
        assertThat(Main.run(
                        "convert",
                        model("digits-cnn"),
                        out.toString(),
                        "--dtype",
                        "f16",
                        "--data",
                        data,
                        "--tolerance",
                        "0.01"))
                .isZero();
        assertThat(Files.size(out)).isLessThan(Files.size(Path.of(model("digits-cnn"))) * 6 / 10);
        assertThat(Main.run("diff", model("digits-cnn"), out.toString(), "--values", "--data", data))
                .isZero();
        assertThat(Main.run("convert", model("digits-cnn"), out.toString(), "--dtype", "bf16", "--tolerance", "1e-9"))
                .isEqualTo(Main.CHECK_FAILED);
    }

    @Test
    void integersOfEightBits() throws Exception {
        Path out = beside("digits-cnn-bn");
        String typical =
                MODELS.resolveSibling("data").resolve("digits-train.npz").toString();
        assertThat(Main.run(
                        "convert",
                        model("digits-cnn-bn"),
                        out.toString(),
                        "--dtype",
                        "int8",
                        "--calibrate",
                        typical,
                        "--clip",
                        "99.99",
                        "--tolerance",
                        "0.1"))
                .isZero();
        assertThat(Files.size(out)).isLessThan(Files.size(Path.of(model("digits-cnn-bn"))) / 2);
        assertThat(Main.run("verify", out.toString())).isZero();
        String sets = Path.of(model("digits-cnn-bn")).getParent().toString();
        assertThat(Main.run("convert", model("digits-cnn-bn"), out.toString(), "--dtype", "int8", "--calibrate", sets))
                .isZero();
    }

    @Test
    void jsonTellsAll() throws Exception {
        Path json = folder.resolve("report.json");
        String out = folder.resolve("out.onnx").toString();
        assertThat(Main.run("convert", model("digits-cnn-bn"), out, "--simplify", "--json=" + json))
                .isZero();
        assertThat(json)
                .content()
                .contains("\"nodes\" : 8", "\"nodes_before\" : 10", "\"functions_inlined\" : 0", "max_error_of_scale");
    }

    @Test
    void overTheFileThatWasRead() throws Exception {
        Path file = beside("digits-mlp-external");
        Path from = Path.of(model("digits-mlp-external")).getParent();
        try (var files = Files.list(from)) {
            for (Path f : files.filter(Files::isRegularFile).toList()) {
                Files.copy(f, folder.resolve(f.getFileName().toString()));
            }
        }
        assertThat(Main.run("convert", file.toString(), file.toString(), "--inline"))
                .isZero();
        assertThat(Main.run("verify", file.toString())).isZero();
        assertThat(Main.run("convert", file.toString(), file.toString(), "--external", "w.bin"))
                .isZero();
        assertThat(Main.run("convert", file.toString(), file.toString(), "--external", "w.bin"))
                .isZero();
        assertThat(Main.run("verify", file.toString())).isZero();
    }

    @Test
    void namesMetadataAndParts() {
        String out = folder.resolve("out.onnx").toString();
        assertThat(Main.run(
                        "convert",
                        model("digits-cnn"),
                        out,
                        "--rename",
                        "x=image",
                        "--shape",
                        "x=batchx1x8x8",
                        "--metadata",
                        "author=me"))
                .isZero();
        ModelFormat.Loaded written = Model.read(Path.of(out));
        assertThat(written.graph().inputs()).hasToString("[%image: f32[batch,1,8,8]]");
        assertThat(written.info().metadata()).containsEntry("author", "me");
        assertThat(Main.run("convert", out, out, "--strip")).isZero();
        written = Model.read(Path.of(out));
        assertThat(written.info().metadata()).isEmpty();
        assertThat(written.info().producer()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--external w --inline",
                "--keep-f32 x",
                "--io-dtype same",
                "--dtype f8",
                "--dtype int8",
                "--dtype int8 --calibrate /nowhere",
                "--calibrate .",
                "--clip none",
                "--dtype f16 --io-dtype other",
                "--tolerance -1",
                "--rename nothing=x",
                "--rename-dim nothing=x",
                "--extract nothing:y",
                "--data /nowhere"
            })
    void oneLineForWhatCannotBe(String options) {
        java.util.List<String> all = new java.util.ArrayList<>(java.util.List.of(
                "convert", model("digits-cnn"), folder.resolve("out.onnx").toString()));
        all.addAll(java.util.List.of(options.split(" ")));
        Commands.Outcome outcome = Commands.run(all.toArray(String[]::new));
        assertThat(outcome.status()).isEqualTo(Main.WRONG_INPUT);
        assertThat(outcome.said().strip().lines()).hasSize(1);
        assertThat(folder.resolve("out.onnx")).doesNotExist();
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
