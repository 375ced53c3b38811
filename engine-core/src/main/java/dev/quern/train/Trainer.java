package dev.quern.train;

import dev.quern.backend.Backend;
import dev.quern.gradient.NotDifferentiableException;
import dev.quern.graph.Glob;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Value;
import dev.quern.kernel.Program;
import dev.quern.rewrite.GrownSequences;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;

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
    private final Graph graph;
    private final List<Value> weights;
    private final List<String> frozen = new ArrayList<>();
    private final List<String> also = new ArrayList<>();
    private final List<Metric> metrics = new ArrayList<>();
    private Loss loss = Losses.crossEntropy();
    private ParameterGroups groups = ParameterGroups.of(new AdamW(1e-3));
    private Schedule schedule = Schedules.constant();
    private Optional<String> output = Optional.empty();
    private Optional<Double> clip = Optional.empty();
    private Optional<Double> average = Optional.empty();
    private int accumulated = 1;
    private OptionalLong maxSteps = OptionalLong.empty();
    private Optional<Duration> longest = Optional.empty();
    private Optional<Validation.Settings> validation = Optional.empty();
    private boolean stopAtBlocked;
    private long seed;
    private Consumer<Progress> listener = p -> {};
    private Optional<ObjLongConsumer<Program.Step>> profile = Optional.empty();
    private Optional<CheckpointFolder> checkpoints = Optional.empty();
    private long checkpointEvery = Long.MAX_VALUE;
    private Optional<Checkpoint> start = Optional.empty();
    private Optional<MixedPrecision> precision = Optional.empty();
    private OptionalLong memory = OptionalLong.empty();
    private List<TrainingDevice> devices = List.of();

    private Trainer(Model model) {
        this.model = model;
        BodyWeights.Lifted lifted = BodyWeights.lifted(model.graph());
        this.graph = new GrownSequences().apply(lifted.graph());
        this.weights = lifted.weights();
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
        groups = groups.otherwise(chosen);
        return this;
    }

    /// How the parameters move whose names match a pattern (`*` any characters, `?` one): layers with a rate of
    /// their own, biases without weight decay, matrices by [Muon]. The first such call that fits a
    /// parameter counts; the schedule holds for all.
    public Trainer optimizer(Optimizer chosen, String... patterns) {
        groups = groups.with(chosen, List.of(patterns));
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

    /// Trains single numbers too whose names match a pattern (`*` any characters, `?` one): a temperature, the weight
    /// of a vote. Else they stay as they are, since most are an epsilon or a step.
    public Trainer alsoTrain(String... patterns) {
        also.addAll(List.of(patterns));
        return this;
    }

    /// Lets gradients stop at nodes that have none, and trains what lies behind the last of them; else such a node
    /// is an error.
    public Trainer freezeBeforeBlocked() {
        stopAtBlocked = true;
        return this;
    }

    /// The output that the loss judges; unless set, the first tensor of floats that depends on weights (classifiers
    /// give labels before it).
    /// Where an output is none (labels, a dictionary of scores), the nearest such tensor that it is made of is
    /// judged.
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

    /// Makes one step of this many batches: of the mean of their gradients, as if they were one larger batch. The
    /// last step of an epoch takes what is left.
    public Trainer accumulate(int batches) {
        if (batches < 1) {
            throw new IllegalArgumentException("a step takes at least 1 batch, not " + batches);
        }
        accumulated = batches;
        return this;
    }

    /// Keeps a moving average of the parameters, average ← decay · average + (1 − decay) · parameter after each
    /// step, and gives those to the trained model (Polyak and Juditsky, 1992).
    public Trainer average(double decay) {
        Setting.decay("the decay of averages", decay);
        average = Optional.of(decay);
        return this;
    }

    /// Measures the loss on other data after each epoch, ends when it was not lower for `patience` epochs, and
    /// gives the model of the best epoch.
    public Trainer validate(Dataset data, int patience) {
        return validate(data, patience, end -> {});
    }

    /// The same, and is told after each epoch.
    public Trainer validate(Dataset data, int patience, Consumer<EpochEnd> told) {
        if (patience < 1) {
            throw new IllegalArgumentException("a training waits at least 1 epoch for a better one, not " + patience);
        }
        validation = Optional.of(new Validation.Settings(data, patience, told));
        return this;
    }

    /// Ends after this time, after the step that is then under way, as if that were the last one.
    public Trainer maxTime(Duration time) {
        longest = Optional.of(time);
        return this;
    }

    /// Computes products and convolutions, and what follows from them element by element, in 16-bit floats.
    /// Parameters, optimizer and loss stay in 32 bits; with f16 the loss is scaled, as much as the gradients bear.
    ///
    /// @param low bf16 or f16
    public Trainer mixedPrecision(DType low) {
        precision = Optional.of(new MixedPrecision(low));
        return this;
    }

    /// Computes as many inner values of the model a second time, instead of keeping them for the gradient, as is
    /// needed for the gradient's program to plan no more bytes than this. Parameters, their gradients as variables
    /// and the state of the optimizer are beside that.
    public Trainer memoryBudget(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a budget has at least 1 byte, not " + bytes);
        }
        memory = OptionalLong.of(bytes);
        return this;
    }

    /// Shares each batch among several devices of this machine, all of one backend: each has a replica of the model
    /// and computes the gradient of some rows; the gradients are summed, weighted so that the loss is the mean over
    /// the whole batch, and each replica makes the same update. Parameters and the optimizer's state stay on the
    /// devices. By default a training runs where the model does.
    ///
    /// @param names like `cuda:0`; one may stand there several times
    /// @throws dev.quern.backend.BackendException where one is not available, with the reason and the remedy, or
    ///     they are of several backends
    public Trainer devices(String... names) {
        devices = TrainingDevice.named(names);
        return this;
    }

    /// The same for devices that are at hand.
    public Trainer devices(List<Backend> chosen) {
        devices = TrainingDevice.of(chosen);
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

    /// Is told how many nanoseconds each step of the programs took, whenever one has run.
    public Trainer profile(ObjLongConsumer<Program.Step> nanos) {
        profile = Optional.of(nanos);
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
        return survey(trainingForm(graph)).report();
    }

    /// The same on this data: batches that are given as they are, all of the same extents, decide what the file leaves
    /// open.
    public TrainingReport report(Dataset data) {
        return survey(trainingForm(graph(data))).report();
    }

    /// The graph that data is trained on: as the data sees it where the graph by itself says too little.
    private Graph graph(Dataset data) {
        return isBlocked() ? SeenByData.of(graph, DataFit.of(model, data).columns(), data) : graph;
    }

    private boolean isBlocked() {
        try {
            return !report().blocked().isEmpty();
        } catch (NotDifferentiableException withinBodies) {
            return true;
        }
    }

    private TrainingMode.Form trainingForm(Graph of) {
        return new TrainingMode(seed, Glob.any(frozen)).apply(of);
    }

    private Survey survey(TrainingMode.Form form) {
        return Survey.of(form, weights(), judged(form.graph()).value(), Glob.any(frozen));
    }

    private List<Value> weights() {
        List<Value> all = new ArrayList<>(weights);
        List<Value> numbers = also.isEmpty() ? List.of() : Weights.singleNumbers(graph);
        for (String pattern : also) {
            Predicate<String> isNamed = Glob.any(List.of(pattern));
            if (numbers.stream().noneMatch(v -> isNamed.test(v.name()))) {
                throw new DataException("no single number to train is called \"" + pattern + "\"; there are "
                        + numbers.stream().map(Value::name).toList());
            }
            numbers.stream()
                    .filter(v -> isNamed.test(v.name()) && !all.contains(v))
                    .forEach(all::add);
        }
        return all;
    }

    /// The output is chosen in training form, where rounding to a few bits is no end of the floats.
    private Judged judged(Graph of) {
        String chosen = output.orElseGet(() -> Judged.best(trainingForm(graph).graph(), weights()));
        return Judged.of(of, chosen);
    }

    /// The name of the output that the loss judges, or of that which is made of what it judges.
    public String judged() {
        return judged(graph).output();
    }

    /// The model as it is, cut off at what the loss judges, which is its only output; the caller closes it.
    public Model judging() {
        GraphCopy copy = new GraphCopy(graph).inputs();
        graph.nodes().forEach(copy::copy);
        copy.builder().output("judged", copy.of(judged(graph).value()));
        return model.withGraph(copy.builder().build());
    }

    /// Trains the model on data, epoch by epoch.
    ///
    /// @return the model with trained parameters
    /// @throws DataException where the data does not fit the model or the loss
    /// @throws NotDifferentiableException where nodes without a gradient are in the way; lists all
    /// @throws DivergedException where a loss or gradient is no finite number
    /// @throws dev.quern.backend.BackendException where a device fails; the last checkpoint stays
    /// @throws CheckpointException where a checkpoint cannot be written, or that to resume from is of another
    ///     training
    public Model fit(Dataset data, Epochs epochs) {
        TrainingMode.Form form = trainingForm(graph(data));
        Survey survey = survey(form);
        if (!survey.report().blocked().isEmpty() && !stopAtBlocked) {
            throw new NotDifferentiableException(survey.report().blocked());
        }
        if (survey.trainable().isEmpty()) {
            throw new DataException(
                    "the model has nothing to train: " + survey.report().whyNothing());
        }
        Value judged = judged(form.graph()).value();
        DataFit fit = DataFit.of(model, data);
        data.labels().forEach(l -> loss.check(judged, l));
        if (devices.size() > 1 && data.isOfBatches()) {
            throw new DataException("batches that are given as they are cannot be shared among " + devices.size()
                    + " devices: give rows (Dataset.arrays), or train on one");
        }
        ModelOptions options =
                devices.isEmpty() ? model.options() : devices.getFirst().options(model.options(), devices);
        UpdateRule rule = new UpdateRule(groups, clip, average);
        StepAssembly assembly = new StepAssembly(
                form,
                judged,
                survey,
                fit.labelType(),
                loss,
                metrics,
                rule,
                accumulated > 1,
                !devices.isEmpty(),
                precision);
        StepGraph step = memory.isPresent()
                ? new MemoryBudget(memory.getAsLong()).assembled(assembly, fit, data, options)
                : assembly.assemble(1);
        Variables variables = new Variables(step.variables());
        Optional<Validation> validated = validation.map(
                v -> Validation.of(v, model, graph, judged(graph).value(), loss, metrics, variables.ofModel()));
        TrainingLoop.Plan plan = new TrainingLoop.Plan(
                data,
                fit,
                epochs.count(),
                accumulated,
                steps(data, epochs),
                longest,
                schedule,
                listener,
                checkpoints,
                checkpointEvery,
                validated,
                data.order() + (accumulated > 1 ? ", " + accumulated + " a step" : "") + ", seed " + seed
                        + precision.map(q -> ", in " + q.low()).orElse("")
                        + (devices.size() > 1 ? ", on " + devices.size() + " devices" : ""));
        Steps steps = devices.isEmpty()
                ? new StepRunner(step, variables, options, profile)
                : new ParallelSteps(step, variables, loss, devices, model.options(), profile);
        try (TrainingLoop loop = new TrainingLoop(steps, variables, rule, plan, step.isScaled())) {
            loop.run(start);
        }
        return model.withGraph(BodyWeights.replaced(
                model.graph(), validated.flatMap(Validation::best).orElseGet(variables::ofModel)));
    }

    private long steps(Dataset data, Epochs epochs) {
        long all = (long) epochs.count() * Math.ceilDiv(data.batches(), accumulated);
        return Math.min(all, maxSteps.orElse(all));
    }
}
