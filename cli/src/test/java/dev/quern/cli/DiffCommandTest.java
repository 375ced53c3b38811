package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `quern diff` finds what differs, and nothing else.
final class DiffCommandTest {
    private static final Path MODELS = Path.of("..", "fixtures", "models");

    @TempDir
    Path folder;

    private static String model(String name) {
        return MODELS.resolve(name).resolve("model.onnx").toString();
    }

    private String differences(int status, String... more) throws Exception {
        Path json = folder.resolve("diff.json");
        String[] all = new String[more.length + 2];
        all[0] = "diff";
        System.arraycopy(more, 0, all, 1, more.length);
        all[all.length - 1] = "--json=" + json;
        assertThat(Main.run(all)).isEqualTo(status);
        return Files.readString(json);
    }

    @Test
    void aModelAndItself() throws Exception {
        assertThat(differences(0, model("digits-cnn"), model("digits-cnn"))).contains("\"values\" : [ ]");
    }

    @Test
    void otherWeightsFirstNodeFirst() throws Exception {
        String text = differences(Main.CHECK_FAILED, model("digits-cnn"), model("digits-cnn-init"), "--values");
        assertThat(text.indexOf("Conv")).isPositive().isLessThan(text.indexOf("Relu"));
    }

    @Test
    void anotherStructureWithTheSameValues() throws Exception {
        String simplified = folder.resolve("simplified.onnx").toString();
        assertThat(Main.run("convert", model("digits-cnn-bn"), simplified, "--simplify"))
                .isZero();
        String text = differences(Main.CHECK_FAILED, model("digits-cnn-bn"), simplified);
        assertThat(text).contains("operator BatchNormalization: 2 against 0").contains("\"values\" : [ ]");
    }

    @Test
    void aToleranceOfOnesOwn() throws Exception {
        String half = folder.resolve("half.onnx").toString();
        assertThat(Main.run("convert", model("digits-cnn"), half, "--dtype", "f16"))
                .isZero();
        differences(0, model("digits-cnn"), half, "--values");
        differences(Main.CHECK_FAILED, model("digits-cnn"), half, "--values", "--tolerance", "1e-7");
    }
}
