package dev.quern.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.session.Model;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.Datum;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.NewHead;
import dev.quern.train.Trainer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Models written anew, not patched: ONNX Runtime reads them, and both engines compute what the original does.
final class RewriteTest {
    private static final SaveOptions REWRITE = SaveOptions.defaults().with(SaveOptions.Form.REWRITE);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cancer-mlp-init",
                "diabetes-mlp-init",
                "digits-cnn",
                "digits-cnn-bn",
                "digits-cnn-init",
                "digits-mlp",
                "digits-mlp-external",
                "digits-mlp-init",
                "keras-digits",
                "skl-gbc-cancer",
                "skl-gbr-diabetes",
                "skl-logreg-iris",
                "skl-rf-digits"
            })
    void sameResults(String name) throws Exception {
        Fixture fixture = new Fixture(name);
        try (Model model = Model.load(fixture.file())) {
            agrees(model, fixture);
        }
    }

    @Test
    void trainedWithANewHead() throws Exception {
        Fixture fixture = new Fixture("digits-cnn");
        Dataset loops = Dataset.npz(Path.of("..", "fixtures", "data", "digits-loops-train.npz"), "x", "y")
                .batched(32);
        try (Model old = Model.load(fixture.file());
                Model fresh = NewHead.of(old).outputs(3).seed(5).apply();
                Model tuned =
                        Trainer.of(fresh).optimizer(new AdamW(3e-3)).maxSteps(5).fit(loops, Epochs.of(1))) {
            Path file = agrees(tuned, fixture);
            try (Model read = Model.load(file)) {
                assertThat(read.graph().outputs().getFirst().type()).hasToString("f32[N,3]");
            }
        }
    }

    private Path agrees(Model model, Fixture fixture) throws Exception {
        Path file = folder.resolve("rewritten.onnx");
        model.save(file, REWRITE);
        ModelProto proto = OnnxReader.readModel(file);
        assertThat(proto.producerName()).isEqualTo("quern");
        assertThat(proto.graph().initializers()).noneMatch(t -> t.data().isExternal());
        try (OnnxRuntime runtime = OnnxRuntime.load(file);
                Model again = Model.load(file)) {
            assertThat(again.inputs()).hasToString(model.inputs().toString());
            assertThat(again.outputNames()).isEqualTo(model.outputNames());
            assertThat(again.info().metadata()).isEqualTo(model.info().metadata());
            for (int set = 0; set < 2; set++) {
                Map<String, Datum> inputs = fixture.inputs(model.graph(), set);
                Map<String, Datum> ours = model.run(inputs);
                new Agreement(1e-5).check(ours, runtime.run(inputs));
                new Agreement(1e-6).check(again.run(inputs), ours);
            }
        }
        return file;
    }
}
