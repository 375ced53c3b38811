package dev.quern.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.quern.backend.Backends;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.train.Adagrad;
import dev.quern.train.Adam;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.LBFGS;
import dev.quern.train.Loss;
import dev.quern.train.Losses;
import dev.quern.train.Optimizer;
import dev.quern.train.Progress;
import dev.quern.train.RMSProp;
import dev.quern.train.SGD;
import dev.quern.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// 200 steps beside PyTorch's recorded ones, on every backend: the loss of each step within 1e-4 · max(loss, 0.05).
final class TrainingLogsTest {
    private static final double TOLERANCE = 1e-4;
    private static final int STEPS = 200;
    private static final Path FIXTURES = Path.of("..", "fixtures");

    static Stream<Arguments> logs() {
        return EveryBackend.with(recorded(), a -> a);
    }

    private static List<Arguments> recorded() {
        AdamW adamw = new AdamW(1e-3);
        return List.of(
                arguments("digits-mlp-adamw", "digits-mlp", "digits-train", Losses.crossEntropy(), adamw),
                arguments("digits-mlp-adam", "digits-mlp", "digits-train", Losses.crossEntropy(), new Adam(1e-3)),
                arguments("digits-mlp-sgd", "digits-mlp", "digits-train", Losses.crossEntropy(), new SGD(0.05, 0.9)),
                arguments(
                        "digits-mlp-sgd-nesterov",
                        "digits-mlp",
                        "digits-train",
                        Losses.crossEntropy(),
                        new SGD(0.05, 0.9, true, 0)),
                arguments("digits-mlp-rmsprop", "digits-mlp", "digits-train", Losses.crossEntropy(), new RMSProp(1e-3)),
                arguments(
                        "digits-mlp-rmsprop-centered",
                        "digits-mlp",
                        "digits-train",
                        Losses.crossEntropy(),
                        new RMSProp(1e-3, 0.99, 1e-8, 0, 0.9, true)),
                arguments(
                        "digits-mlp-adagrad",
                        "digits-mlp",
                        "digits-train",
                        Losses.crossEntropy(),
                        new Adagrad(1e-2, 1e-3, 0, 1e-10)),
                arguments("digits-cnn-adamw", "digits-cnn", "digits-train", Losses.crossEntropy(), adamw),
                arguments("digits-cnn-adam", "digits-cnn", "digits-train", Losses.crossEntropy(), new Adam(1e-3)),
                arguments("digits-cnn-sgd", "digits-cnn", "digits-train", Losses.crossEntropy(), new SGD(0.025, 0.9)),
                arguments("diabetes-mlp-adamw", "diabetes-mlp", "diabetes", Losses.mse(), adamw),
                arguments("cancer-mlp-adamw", "cancer-mlp", "cancer", Losses.bceWithLogits(), adamw),
                arguments("cancer-mlp-lbfgs", "cancer-mlp", "cancer", Losses.bceWithLogits(), new LBFGS(0.1)));
    }

    @ParameterizedTest(name = "{1} on {0}")
    @MethodSource("logs")
    void liesBesidePyTorch(String backend, String log, String model, String data, Loss loss, Optimizer optimizer)
            throws IOException {
        compare(backend, 1, log, model, data, loss, optimizer);
    }

    static Stream<Arguments> someLogs() {
        return EveryBackend.with(
                recorded().stream()
                        .filter(a -> List.of("digits-mlp-adamw", "digits-cnn-sgd", "cancer-mlp-adamw")
                                .contains(a.get()[0]))
                        .toList(),
                a -> a);
    }

    /// The batches of 32 rows as 16 and 16.
    @ParameterizedTest(name = "{1} on two of {0}")
    @MethodSource("someLogs")
    void liesBesidePyTorchOnTwoDevices(
            String backend, String log, String model, String data, Loss loss, Optimizer optimizer) throws IOException {
        compare(backend, 2, log, model, data, loss, optimizer);
    }

    private static void compare(
            String backend, int devices, String log, String model, String data, Loss loss, Optimizer optimizer)
            throws IOException {
        List<String> recorded = Files.readAllLines(FIXTURES.resolve("logs/" + log + ".csv"));
        ModelOptions options = ModelOptions.defaults().backend(Backends.prefer(backend));
        List<Progress> steps = new ArrayList<>();
        // LBFGS goes by all rows
        Dataset rows = Dataset.npz(FIXTURES.resolve("data/" + data + ".npz"), "x", "y")
                .batched(optimizer instanceof LBFGS ? 1000 : 32);
        try (Model untrained = Model.load(FIXTURES.resolve("models/" + model + "-init/model.onnx"), options);
                Model trained = on(Collections.nCopies(devices, backend), Trainer.of(untrained))
                        .loss(loss)
                        .optimizer(optimizer)
                        .maxSteps(STEPS)
                        .onStep(steps::add)
                        .fit(rows, Epochs.of(STEPS))) {
            assertThat(trained.graph().parameters())
                    .hasSameSizeAs(untrained.graph().parameters());
        }
        assertThat(steps).hasSize(STEPS);
        for (int i = 0; i < STEPS; i++) {
            String[] row = recorded.get(i + 1).split(",");
            double expected = Double.parseDouble(row[2]);
            Progress step = steps.get(i);
            assertThat(step.step()).isEqualTo(Long.parseLong(row[0]));
            assertThat(step.epoch()).isEqualTo(Integer.parseInt(row[1]));
            assertThat(Math.abs(step.loss() - expected))
                    .as("step %d: loss %s, PyTorch's %s", step.step(), step.loss(), expected)
                    .isLessThanOrEqualTo(TOLERANCE * Math.max(expected, 0.05));
        }
    }

    private static Trainer on(List<String> devices, Trainer trainer) {
        return devices.size() == 1 ? trainer : trainer.devices(devices.toArray(String[]::new));
    }
}
