package dev.quern.onnx.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.quern.session.Model;
import dev.quern.tensor.Tensor;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.NewHead;
import dev.quern.train.Trainer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A model that was given another head, fine-tuned and saved: loaded again it is the same, and ONNX Runtime agrees.
class FineTunedExportTest {
    @TempDir
    Path folder;

    @Test
    void anotherNumberOfClasses() throws OrtException {
        check("digits-cnn", "digits-loops", 3, "conv*");
    }

    @Test
    void runningStatistics() throws OrtException {
        check("digits-cnn-bn", "digits-shifted", 10);
    }

    private void check(String name, String task, int classes, String... frozen) throws OrtException {
        Dataset train = Dataset.npz(Fixtures.of("data/" + task + "-train.npz"), "x", "y")
                .batched(32);
        Tensor x = Dataset.npz(Fixtures.of("data/" + task + "-test.npz"), "x", "y")
                .inputs()
                .get("x");
        Path saved = folder.resolve(name + ".onnx");
        try (Model old = Model.load(Fixtures.of("models/" + name + "/model.onnx"));
                Model fresh = NewHead.of(old).outputs(classes).seed(1).apply();
                Model tuned = Trainer.of(fresh)
                        .optimizer(new AdamW(3e-3))
                        .freeze(frozen)
                        .maxSteps(10)
                        .fit(train, Epochs.of(1))) {
            Tensor scores = tuned.run(x);
            assertThat(scores.type()).hasToString("f32[" + x.shape().dim(0) + "," + classes + "]");
            assertThat(scores.sameAs(fresh.run(x))).isFalse();
            tuned.save(saved);
            try (Model again = Model.load(saved)) {
                assertThat(again.run(x).sameAs(scores)).isTrue();
                assertThat(again.graph().outputs().getFirst().type()).hasToString("f32[N," + classes + "]");
            }
            agreesWithOnnxRuntime(saved, x, scores);
        }
    }

    private static void agreesWithOnnxRuntime(Path saved, Tensor x, Tensor scores) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(saved.toString());
                OnnxTensor input = OnnxTensor.createTensor(
                        environment, FloatBuffer.wrap(x.toFloats()), x.shape().extents());
                OrtSession.Result result = session.run(Map.of("x", input))) {
            long declared = ((TensorInfo) session.getOutputInfo().get("scores").getInfo()).getShape()[1];
            assertThat(declared).isEqualTo(scores.shape().dim(1).extent());
            float[] theirs = ((OnnxTensor) result.get(0)).getFloatBuffer().array();
            assertThat(theirs).hasSize(scores.length());
            for (int i = 0; i < theirs.length; i++) {
                assertThat(scores.getFloat(i)).isCloseTo(theirs[i], within(1e-3f * Math.max(1, Math.abs(theirs[i]))));
            }
        }
    }
}
