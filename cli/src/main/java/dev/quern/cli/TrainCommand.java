package dev.quern.cli;

import dev.quern.backend.CancelledException;
import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.train.Adam;
import dev.quern.train.AdamW;
import dev.quern.train.Dataset;
import dev.quern.train.Epochs;
import dev.quern.train.Loss;
import dev.quern.train.Losses;
import dev.quern.train.NpzFile;
import dev.quern.train.Optimizer;
import dev.quern.train.SGD;
import dev.quern.train.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
        description = "Trains or fine-tunes a model on data and writes the trained model.")
final class TrainCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "an ONNX file")
    Path model = Path.of("");

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "a .npz or .csv file")
    Path data = Path.of("");

    @Option(
            names = "--input",
            paramLabel = "NAME=KEY",
            description = "the array for an input; by default the array of its name, or x")
    Map<String, String> inputs = Map.of();

    @Option(
            names = "--label",
            paramLabel = "KEY",
            description = "the array or column of labels; default ${DEFAULT-VALUE}")
    String label = "y";

    @Option(
            names = "--loss",
            paramLabel = "L",
            description = "cross-entropy, mse, mae, huber, bce; default ${DEFAULT-VALUE}")
    String loss = "cross-entropy";

    @Option(
            names = "--optimizer",
            paramLabel = "O",
            description = "adamw, adam, sgd (with --momentum, --nesterov); default ${DEFAULT-VALUE}")
    String optimizer = "adamw";

    @Option(names = "--lr", paramLabel = "X", description = "learning rate; default ${DEFAULT-VALUE}")
    double learningRate = 1e-3;

    @Option(names = "--momentum", paramLabel = "M", description = "momentum of sgd; default ${DEFAULT-VALUE}")
    double momentum;

    @Option(names = "--nesterov", description = "Nesterov's momentum for sgd")
    boolean nesterov;

    @Option(names = "--weight-decay", paramLabel = "W", description = "default 0.01 for adamw, else 0")
    @Nullable
    Double weightDecay;

    @Option(names = "--output", paramLabel = "NAME", description = "the output that the loss judges; default the first")
    @Nullable
    String output;

    @Option(names = "--batch", paramLabel = "N", description = "rows a step; default ${DEFAULT-VALUE}")
    int batch = 32;

    @Option(names = "--epochs", paramLabel = "N", description = "passes over the data; default ${DEFAULT-VALUE}")
    int epochs = 3;

    @Option(names = "--steps", paramLabel = "N", description = "stop after this many steps")
    @Nullable
    Long steps;

    @Option(names = "--no-shuffle", description = "take the rows in their order")
    boolean noShuffle;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "seed of the order and of dropout; default ${DEFAULT-VALUE}")
    long seed;

    @Option(names = "--freeze", paramLabel = "GLOB", description = "keep parameters with such names as they are")
    List<String> freeze = List.of();

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

    @Option(names = "-o", required = true, paramLabel = "OUT.onnx", description = "where the trained model goes")
    Path out = Path.of("");

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Override
    public Integer call() throws IOException {
        boolean resumes = checkpoint != null && Trainer.hasCheckpoint(checkpoint);
        try (GracefulEnd _ = new GracefulEnd();
                Model m = Model.load(model, backend.toModelOptions())) {
            Dataset rows = dataset(m).batched(batch);
            Trainer trainer = trainer(m, resumes);
            System.err.print(trainer.report());
            try (Model trained = train(trainer, noShuffle ? rows : rows.shuffled(seed), resumes)) {
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

    private Model train(Trainer trainer, Dataset rows, boolean resumes) throws IOException {
        try (TrainingLog steps = log == null ? null : resumes ? TrainingLog.resumed(log) : TrainingLog.fresh(log);
                TrainingBar bar = new TrainingBar()) {
            trainer.onStep(p -> {
                bar.show(p);
                if (steps != null) {
                    steps.write(p);
                }
            });
            return trainer.fit(rows, Epochs.of(epochs));
        }
    }

    private Dataset dataset(Model m) {
        if (data.toString().endsWith(".csv")) {
            return Dataset.csv(data, label);
        }
        Map<String, dev.quern.tensor.Tensor> arrays = NpzFile.read(data);
        Map<String, dev.quern.tensor.Tensor> named = new LinkedHashMap<>();
        List<String> unset = new ArrayList<>();
        m.inputs().forEach(v -> {
            String key = inputs.getOrDefault(v.name(), arrays.containsKey(v.name()) ? v.name() : "x");
            dev.quern.tensor.Tensor array = arrays.get(key);
            if (array == null) {
                unset.add(v.name());
            } else {
                named.put(v.name(), array);
            }
        });
        dev.quern.tensor.Tensor labels = arrays.get(label);
        if (!unset.isEmpty() || labels == null) {
            throw new ModelException(data + " holds " + arrays.keySet() + ": "
                    + (labels == null
                            ? "there is no \"" + label + "\": choose the labels with --label"
                            : "choose arrays for the inputs " + unset + " with --input NAME=KEY"));
        }
        return Dataset.arrays(named, labels);
    }

    private Trainer trainer(Model m, boolean resumes) {
        Trainer trainer = Trainer.of(m)
                .loss(chosenLoss())
                .optimizer(chosenOptimizer())
                .freeze(freeze.toArray(String[]::new))
                .seed(seed);
        if (output != null) {
            trainer.output(output);
        }
        if (steps != null) {
            trainer.maxSteps(steps);
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

    private Loss chosenLoss() {
        return switch (loss) {
            case "cross-entropy" -> Losses.crossEntropy();
            case "mse" -> Losses.mse();
            case "mae" -> Losses.mae();
            case "huber" -> Losses.huber(1);
            case "bce" -> Losses.bceWithLogits();
            default -> throw new ModelException("--loss must be cross-entropy, mse, mae, huber or bce, not " + loss);
        };
    }

    private Optimizer chosenOptimizer() {
        double decay = weightDecay == null ? 0 : weightDecay;
        return switch (optimizer) {
            case "adamw" -> new AdamW(learningRate, 0.9, 0.999, 1e-8, weightDecay == null ? 0.01 : weightDecay);
            case "adam" -> new Adam(learningRate, 0.9, 0.999, 1e-8, decay);
            case "sgd" -> new SGD(learningRate, momentum, nesterov, decay);
            default -> throw new ModelException("--optimizer must be adamw, adam or sgd, not " + optimizer);
        };
    }
}
