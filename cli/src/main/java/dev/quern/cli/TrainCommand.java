package dev.quern.cli;

import dev.quern.backend.Backends;
import dev.quern.backend.CancelledException;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import dev.quern.train.Dataset;
import dev.quern.train.EpochEnd;
import dev.quern.train.Epochs;
import dev.quern.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quern train`.
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Trains or fine-tunes a model on data and writes the trained model.")
final class TrainCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "an ONNX file")
    Path model = Path.of("");

    @Option(names = "-o", required = true, paramLabel = "OUT.onnx", description = "where the trained model goes")
    Path out = Path.of("");

    @Mixin
    DataOptions data = new DataOptions();

    @Mixin
    LossOptions loss = new LossOptions();

    @Mixin
    OptimizerOptions optimizer = new OptimizerOptions();

    @Mixin
    CourseOptions course = new CourseOptions();

    @Option(
            names = "--output",
            paramLabel = "NAME",
            description = "the output that the loss judges; default the first of floats that depends on weights")
    @Nullable
    String output;

    @Option(names = "--freeze", paramLabel = "GLOB", description = "keep parameters with such names as they are")
    List<String> freeze = List.of();

    @Option(
            names = "--also-train",
            paramLabel = "GLOB",
            description = "train single numbers with such names too (a scale, a temperature), which else stay")
    List<String> also = List.of();

    @Option(
            names = "--freeze-before-blocked",
            description = "where nodes have no gradient, train what lies behind them; else they are an error")
    boolean stopsAtBlocked;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "seed of the order and of dropout; default ${DEFAULT-VALUE}")
    long seed;

    @Option(names = "--log", paramLabel = "FILE.csv", description = "write one row a step: step,epoch,loss,lr,seconds")
    @Nullable
    Path log;

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description = "keep checkpoints there, and resume from the newest")
    @Nullable
    Path checkpoint;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            description = "steps between checkpoints; default ${DEFAULT-VALUE}")
    long checkpointEvery = 100;

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Option(
            names = "--devices",
            split = ",",
            paramLabel = "D",
            description = "share each batch among these devices, like cuda:0,cuda:1; instead of --backend")
    List<String> devices = List.of();

    @Override
    public Integer call() throws IOException {
        boolean resumes = checkpoint != null && Trainer.hasCheckpoint(checkpoint);
        try (GracefulEnd _ = new GracefulEnd();
                Model m = Model.load(model, options())) {
            Trainer trainer = trainer(m, resumes);
            DataOptions.Split rows = data.read(m, seed, () -> generated(trainer));
            System.err.print(trainer.report(rows.training()));
            try (Model trained = train(trainer, rows, resumes)) {
                trained.save(out);
            } catch (CancelledException e) {
                System.err.println("quern: " + e.getMessage()
                        + (checkpoint == null ? "" : "; the same command goes on from " + checkpoint));
                return Main.INTERRUPTED;
            }
        }
        System.err.println("wrote " + out);
        return 0;
    }

    /// The model, which validates and is written, is on the first device.
    private ModelOptions options() {
        if (devices.isEmpty()) {
            return backend.toModelOptions();
        }
        if (backend.backends != null) {
            throw new ModelException("give --devices or --backend, not both");
        }
        return backend.toModelOptions().backend(Backends.device(devices.getFirst()));
    }

    private Model train(Trainer trainer, DataOptions.Split rows, boolean resumes) throws IOException {
        try (TrainingLog steps = log == null ? null : resumes ? TrainingLog.resumed(log) : TrainingLog.fresh(log);
                TrainingBar bar = new TrainingBar()) {
            trainer.onStep(p -> {
                bar.show(p);
                if (steps != null) {
                    steps.write(p);
                }
            });
            rows.validation().ifPresent(v -> trainer.validate(v, course.patience, TrainCommand::tell));
            return trainer.fit(rows.training(), Epochs.of(course.epochs));
        }
    }

    private Dataset generated(Trainer trainer) {
        boolean isClasses = loss.name(true).equals("cross-entropy");
        return new GeneratedData(Objects.requireNonNull(data.source.rows), seed).of(trainer, isClasses);
    }

    private static void tell(EpochEnd end) {
        StringBuilder line = new StringBuilder();
        line.append(String.format(Locale.ROOT, "epoch %d: validation loss %.6g", end.epoch(), end.loss()));
        end.metrics().forEach((name, value) -> line.append(String.format(Locale.ROOT, ", %s %.4f", name, value)));
        System.err.println(line.append(end.isBest() ? ", the best so far" : ""));
    }

    private Trainer trainer(Model m, boolean resumes) {
        Trainer trainer = Trainer.of(m)
                .loss(loss.toLoss(loss.name(data.isGenerated())))
                .metrics(loss.toMetrics())
                .freeze(freeze.toArray(String[]::new))
                .alsoTrain(also.toArray(String[]::new))
                .seed(seed);
        optimizer.applyTo(trainer);
        course.applyTo(trainer);
        if (!devices.isEmpty()) {
            trainer.devices(devices.toArray(String[]::new));
        }
        if (output != null) {
            trainer.output(output);
        }
        if (stopsAtBlocked) {
            trainer.freezeBeforeBlocked();
        }
        if (checkpoint != null) {
            trainer.checkpoint(checkpoint, checkpointEvery);
            if (resumes) {
                System.err.println("resuming from " + checkpoint);
                trainer.resume(checkpoint);
            }
        }
        return trainer;
    }
}
