package dev.quern.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quern.onnx.UnwritableGraphException;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.Datum;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Models written at older and newer opsets than their own: ONNX Runtime reads those that it knows, and both engines
/// compute what the original does.
final class OpsetTest {
    private static final int NEWEST = 28;
    private static final List<Integer> BESIDE_ONNX_RUNTIME = List.of(9, 13, 17, 21);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cancer-mlp-init",
                "digits-cnn",
                "digits-cnn-bn",
                "digits-mlp-external",
                "keras-digits",
                "skl-gbc-cancer",
                "skl-gbr-diabetes",
                "skl-logreg-iris",
                "skl-rf-digits"
            })
    void sameResults(String name) throws Exception {
        Fixture fixture = new Fixture(name);
        try (Model model = Model.load(fixture.file())) {
            Map<String, Datum> inputs = fixture.inputs(model.graph(), 0);
            Map<String, Datum> ours = model.run(inputs);
            for (int opset : BESIDE_ONNX_RUNTIME) {
                Path file = written(model, opset);
                try (OnnxRuntime runtime = OnnxRuntime.load(file)) {
                    new Agreement(1e-5).check(ours, runtime.run(inputs));
                }
                again(file, inputs, ours);
            }
            again(written(model, NEWEST), inputs, ours);
        }
    }

    private Path written(Model model, int opset) throws Exception {
        Path file = folder.resolve("opset" + opset + ".onnx");
        model.save(file, SaveOptions.defaults().withOpset(opset));
        ModelProto proto = OnnxReader.readModel(file);
        assertThat(proto.opsetImports())
                .anyMatch(o -> o.domain().isEmpty() && o.version() == opset)
                .noneMatch(o -> o.domain().equals("com.microsoft"));
        return file;
    }

    private static void again(Path file, Map<String, Datum> inputs, Map<String, Datum> expected) {
        try (Model again = Model.load(file)) {
            new Agreement(1e-6).check(again.run(inputs), expected);
        }
    }

    @Test
    void everyObstacleIsNamed() {
        try (Model model = Model.load(new Fixture("torch-autoencoder").file())) {
            assertThatExceptionOfType(UnwritableGraphException.class)
                    .isThrownBy(() -> written(model, 9))
                    .satisfies(e -> assertThat(e.obstacles())
                            .hasSizeGreaterThan(1)
                            .allSatisfy(o -> assertThat(o.operator()).isEqualTo("Resize"))
                            .allSatisfy(o -> assertThat(o.lowest()).hasValue(11)))
                    .withMessageContaining("node Resize \"/Resize\" (ai.onnx): opset 9: ")
                    .withMessageContaining("; opset 11 can say it");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {6, NEWEST + 1})
    void unknownOpsetsAreRefused(int opset) {
        try (Model model = Model.load(new Fixture("digits-mlp").file())) {
            assertThatExceptionOfType(ModelException.class)
                    .isThrownBy(() -> written(model, opset))
                    .withMessage("opset " + opset + " of ai.onnx cannot be written: ask for one from 7 to 28");
        }
    }
}
