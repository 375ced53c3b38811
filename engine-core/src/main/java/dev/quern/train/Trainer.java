package dev.quern.train;

import dev.quern.gradient.NotDifferentiableException;
import dev.quern.graph.Value;
import dev.quern.session.Model;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// Trains or fine-tunes a model. The model's parameters are copied: it goes on serving undisturbed, and the result is
/// another model.
///
/// {@snippet :
/// Model tuned = Trainer.of(model)
///         .loss(Losses.crossEntropy()).optimizer(new AdamW(1e-3)).freeze("conv*")
///         .fit(Dataset.npz(Path.of("mine.npz"), "x", "y").batched(32), Epochs.of(3));
/// }
///
/// The same data, settings and seed give the same bits, with any number of threads, and in a training that was stopped
/// and resumed. A training is stopped by interrupting its thread: it ends with a
/// [dev.quern.backend.CancelledException] before or after an update, never within one, and leaves a checkpoint if it
/// keeps them.
public final class Trainer {
    private final Model model;
    private final List<String> frozen = new ArrayList<>();
    private final List<Metric> metrics = new ArrayList<>();
    private Loss loss = Losses.crossEntropy();
    private Optimizer optimizer = new AdamW(1e-3);
    private Schedule schedule = Schedules.constant();
    private Optional<String> output = Optional.empty();
    private Optional<Double> clip = Optional.empty();
    private OptionalLong maxSteps = OptionalLong.empty();
    private boolean stopAtBlocked;
    private long seed;
    private Consumer<Progress> listener = p -> {};
    private Optional<CheckpointFolder> checkpoints = Optional.empty();
    private long checkpointEvery = Long.MAX_VALUE;
    private Optional<Checkpoint> start = Optional.empty();

    private Trainer(Model model) {
        this.model = model;
    }

    public static Trainer of(Model model) {
        return new Trainer(model);
    }

    /// What is made small; cross-entropy unless set.
    public Trainer loss(Loss chosen) {
        loss = chosen;
        return this;
    }

    /// How parameters move; AdamW at 1e-3 unless set.
    public Trainer optimizer(Optimizer chosen) {
        optimizer = chosen;
        return this;
    }

    /// How the learning rate changes; constant unless set.
    public Trainer schedule(Schedule chosen) {
        schedule = chosen;
        return this;
    }

    /// Keeps parameters whose name matches a pattern (`*` any characters, `?` one) as they are.
    public Trainer freeze(String... patterns) {
        frozen.addAll(List.of(patterns));
        return this;
    }

    /// Lets gradients stop at nodes that have none, and trains what lies behind the last of them; else such a node
    /// is an error.
    public Trainer freezeBeforeBlocked() {
        stopAtBlocked = true;
        return this;
    }

    /// The output that the loss judges; the first unless set.
    public Trainer output(String name) {
        output = Optional.of(name);
        return this;
    }

    /// Shortens the gradient of all parameters together to this length where it is longer.
    public Trainer clipNorm(double longest) {
        if (!(longest > 0)) {
            throw new IllegalArgumentException("the length to clip to must be positive, not " + longest);
        }
        clip = Optional.of(longest);
        return this;
    }

    /// Measures to compute beside the loss.
    public Trainer metrics(Metric... chosen) {
        metrics.addAll(List.of(chosen));
        return this;
    }

    /// Ends after this many steps, even within an epoch.
    public Trainer maxSteps(long most) {
        if (most < 1) {
            throw new IllegalArgumentException("at least 1 step is needed, not " + most);
        }
        maxSteps = OptionalLong.of(most);
        return this;
    }

    /// Decides what dropout drops; the order of rows has a seed of its own ([Dataset#shuffled]).
    public Trainer seed(long value) {
        seed = value;
        return this;
    }

    /// Is told after each step.
    public Trainer onStep(Consumer<Progress> told) {
        listener = told;
        return this;
    }

    /// Keeps checkpoints in a folder: every so many steps, at the end, and when interrupted. The last three stay.
    public Trainer checkpoint(Path folder, long everySteps) {
        if (everySteps < 1) {
            throw new IllegalArgumentException("a checkpoint is kept after at least 1 step, not " + everySteps);
        }
        checkpoints = Optional.of(new CheckpointFolder(folder));
        checkpointEvery = everySteps;
        return this;
    }

    /// Goes on from the newest whole checkpoint in a folder, to the same end as if there had been no break.
    ///
    /// @throws CheckpointException where there is none
    public Trainer resume(Path folder) {
        start = new CheckpointFolder(folder).latest();
        if (start.isEmpty()) {
            throw new CheckpointException("there is no checkpoint in " + folder);
        }
        return this;
    }

    /// Whether a folder holds a checkpoint to resume from.
    public static boolean hasCheckpoint(Path folder) {
        return new CheckpointFolder(folder).latest().isPresent();
    }

    /// What would be trained, and which nodes are in the way.
    public TrainingReport report() {
        return survey(trainingForm()).report();
    }

    private TrainingMode.Form trainingForm() {
        return new TrainingMode(seed, Glob.any(frozen)).apply(model.graph());
    }

    private Survey survey(TrainingMode.Form form) {
        return Survey.of(form.graph(), outputValue(form), Glob.any(frozen));
    }

    private Value outputValue(TrainingMode.Form form) {
        List<String> names = form.graph().outputNames();
        int at = output.map(names::indexOf).orElse(0);
        if (at < 0) {
            throw new DataException("the model has no output \"" + output.orElse("") + "\"; it gives " + names);
        }
        Value v = form.graph().outputs().get(at);
        boolean judged = v.type() instanceof dev.quern.tensor.Type.TensorType t
                && t.dtype().isFloat();
        if (!judged) {
            throw new DataException("output \"" + names.get(at) + "\" is " + v.type()
                    + "; a loss needs a tensor of floats: choose one with output(…) among " + names);
        }
        return v;
    }

    /// Trains the model on data, epoch by epoch.
    ///
    /// @return the model with trained parameters
    /// @throws DataException where the data does not fit the model or the loss
    /// @throws NotDifferentiableException where nodes without a gradient are in the way; lists all
    /// @throws DivergedException where a loss or gradient is no finite number
    /// @throws CheckpointException where a checkpoint cannot be written, or that to resume from is of another
    ///     training
    public Model fit(Dataset data, Epochs epochs) {
        TrainingMode.Form form = trainingForm();
        Survey survey = survey(form);
        if (!survey.report().blocked().isEmpty() && !stopAtBlocked) {
            throw new NotDifferentiableException(survey.report().blocked());
        }
        if (survey.trainable().isEmpty()) {
            throw new DataException(
                    "the model has nothing to train: every weight is frozen or out of the loss's reach");
        }
        Value judged = outputValue(form);
        DataFit fit = DataFit.of(model, data);
        loss.check(judged, data.label());
        StepGraph step = StepGraph.of(
                new StepGraph.Recipe(form, judged, survey, fit.labelType(), loss, metrics, optimizer, clip));
        long all = (long) epochs.count() * data.batches();
        long steps = Math.min(all, maxSteps.orElse(all));
        Variables variables = new Variables(step.variables());
        String course = data.order() + ", seed " + seed;
        try (TrainingLoop loop = new TrainingLoop(step, variables, optimizer, model.options())) {
            TrainingLoop.Plan plan = new TrainingLoop.Plan(
                    data, fit, epochs.count(), steps, schedule, listener, checkpoints, checkpointEvery, course);
            loop.run(plan, start);
        }
        return model.withParameters(variables.ofModel());
    }
}
