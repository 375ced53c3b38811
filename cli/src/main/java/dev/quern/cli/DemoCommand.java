package dev.quern.cli;

import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.Evaluation;
import dev.quern.train.Losses;
import dev.quern.train.Metrics;
import dev.quern.train.NewHead;
import dev.quern.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `quern demo`.
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "The main job on a real model: scores a digits CNN from PyTorch, fine-tunes it on digits that lie on"
                        + " their side, exports it, loads the export and scores again.")
final class DemoCommand implements Callable<Integer> {
    private static final int EPOCHS = 5;
    private static final int BATCH = 32;
    private static final double LEARNING_RATE = 3e-3;

    @Option(
            names = "-o",
            paramLabel = "OUT.onnx",
            description = "where the fine-tuned model goes; default ${DEFAULT-VALUE}")
    Path out = Path.of("digits-tuned.onnx");

    @Override
    public Integer call() {
        Path fixtures = Path.of(System.getProperty("quern.home", ".")).resolve("fixtures");
        Path file = fixtures.resolve("models/digits-cnn/model.onnx");
        if (!Files.exists(file)) {
            throw new ModelException("the demo reads fixtures/ of a clone, which is not at " + fixtures);
        }
        Dataset upright = digits(fixtures, "digits-test.npz");
        Dataset turned = digits(fixtures, "digits-shifted-test.npz");
        Dataset lessons =
                digits(fixtures, "digits-shifted-train.npz").batched(BATCH).shuffled(1);
        try (Model model = Model.load(file)) {
            say(
                    "loaded %s (%s) on backend %s",
                    file, model.info().producer(), model.backend().name());
            say("accuracy on %d held-out digits: %.4f", upright.rows(), accuracy(model, upright));
            say("accuracy on the same digits turned by 90 degrees: %.4f", accuracy(model, turned));
            try (Model fresh = NewHead.of(model).layers("fc1*", "fc2*").seed(1).apply();
                    Model tuned = tune(fresh, lessons)) {
                double after = accuracy(tuned, turned);
                say("accuracy on turned digits after fine-tuning the head: %.4f", after);
                tuned.save(out);
                return checkExport(turned, after);
            }
        }
    }

    private static Dataset digits(Path fixtures, String name) {
        return Dataset.npz(fixtures.resolve("data").resolve(name), "x", "y").batched(64);
    }

    private static double accuracy(Model model, Dataset data) {
        return Evaluation.of(model, data, Metrics.accuracy());
    }

    private static Model tune(Model fresh, Dataset lessons) {
        say("fine-tuning a fresh head for %d epochs of %d digits, convolutions frozen", EPOCHS, lessons.rows());
        try (TrainingBar bar = new TrainingBar()) {
            return Trainer.of(fresh)
                    .loss(Losses.crossEntropy())
                    .optimizer(new AdamW(LEARNING_RATE))
                    .freeze("conv*")
                    .onStep(bar::show)
                    .fit(lessons, Epochs.of(EPOCHS));
        }
    }

    private int checkExport(Dataset turned, double expected) {
        try (Model reloaded = Model.load(out)) {
            double again = accuracy(reloaded, turned);
            say("exported to %s, loaded again: %.4f", out, again);
            if (again != expected) {
                System.err.println("quern: the export does not score as the tuned model did");
                return Main.CHECK_FAILED;
            }
        }
        return 0;
    }

    private static void say(String format, Object... arguments) {
        System.out.printf(Locale.ROOT, format + "%n", arguments);
    }
}
