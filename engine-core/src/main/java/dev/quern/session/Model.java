package dev.quern.session;

import dev.quern.backend.Backend;
import dev.quern.backend.DeviceTensor;
import dev.quern.compile.Partition;
import dev.quern.compile.Plan;
import dev.quern.graph.Graph;
import dev.quern.graph.Node;
import dev.quern.graph.Parameters;
import dev.quern.graph.Value;
import dev.quern.kernel.Program;
import dev.quern.op.ControlFlow;
import dev.quern.rewrite.Passes;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;

/// A model that is ready to run: thread-safe, for any number of concurrent runs.
///
/// {@snippet :
/// try (Model model = Model.load(Path.of("digits.onnx"))) {
///     Tensor scores = model.run(Tensor.of(pixels, 1, 1, 8, 8));
/// }
/// }
///
/// A run reads its inputs where they are (they must not change meanwhile) and gives new outputs. It stops with
/// a [CancelledException] within 50 ms when its thread is interrupted, its time limit is over, its token is
/// cancelled or the model is closed.
public final class Model implements AutoCloseable {
    private final Graph graph;
    private final ModelInfo info;
    private final Optional<ModelFormat> format;
    private final Optional<ModelFormat.Source> source;
    private final ModelOptions options;
    private final Backend backend;
    private final Plan plan;
    private final PlanRunner runner;
    private final Bodies bodies;
    private final InFlight inFlight = new InFlight();

    private Model(
            Graph graph,
            ModelInfo info,
            Optional<ModelFormat> format,
            Optional<ModelFormat.Source> source,
            ModelOptions options) {
        this(graph, info, format, source, options, options.chosenBackend());
    }

    private Model(
            Graph graph,
            ModelInfo info,
            Optional<ModelFormat> format,
            Optional<ModelFormat.Source> source,
            ModelOptions options,
            Backend backend) {
        keepWeights(graph);
        this.graph = graph;
        this.info = info;
        this.format = format;
        this.source = source;
        this.options = options;
        this.backend = backend;
        this.bodies = new Bodies(backend, options);
        this.plan = Partition.of(ConstantWork.done(inferred(graph, backend), backend, options, bodies), backend);
        this.runner = new PlanRunner(plan, options, bodies);
    }

    /// What is run is used again and again. Weights that a backend only packs are not asked for, and stay where
    /// they are.
    private static void keepWeights(Graph graph) {
        for (Node n : graph.nodes()) {
            n.inputs().forEach(v -> v.constant().ifPresent(Tensor::keep));
            if (n.op() instanceof ControlFlow control) {
                control.bodies().forEach(Model::keepWeights);
            }
        }
    }

    /// What `backend` is to run for `graph`.
    static Graph inferred(Graph graph, Backend backend) {
        return backend.multipliesIntegers() ? Passes.inIntegers(graph) : Passes.forInference(graph);
    }

    /// Loads a model with the default options.
    ///
    /// @throws ModelException where the file is missing, damaged or of no known format
    /// @throws dev.quern.compile.UnsupportedModelException where the model has operators that cannot run;
    /// lists all
    public static Model load(Path file) {
        return load(file, ModelOptions.defaults());
    }

    public static Model load(Path file, ModelOptions options) {
        Supplier<Backend> backend = options.soughtBackend();
        ModelFormat format = Formats.forFile(file);
        ModelFormat.Loaded loaded = format.load(file);
        return new Model(
                loaded.graph(),
                loaded.info(),
                Optional.of(format),
                Optional.of(loaded.source()),
                options,
                backend.get());
    }

    /// Loads a model from memory.
    public static Model load(byte[] bytes, ModelOptions options) {
        ModelFormat format = Formats.all().stream()
                .findFirst()
                .orElseThrow(() -> new ModelException("no model format is on the class path or module path"));
        ModelFormat.Loaded loaded = format.load(bytes);
        return new Model(loaded.graph(), loaded.info(), Optional.of(format), Optional.of(loaded.source()), options);
    }

    /// Reads a model file without making it ready to run: works for models with unknown operators too.
    public static ModelFormat.Loaded read(Path file) {
        return Formats.forFile(file).read(file);
    }

    /// A model of a graph that was made in this process.
    public static Model of(Graph graph, ModelOptions options) {
        return new Model(graph, ModelInfo.none(), Optional.empty(), Optional.empty(), options);
    }

    /// This model with another graph (fine-tuned parameters, a new head): the same origin and options, its
    /// own programs.
    public Model withGraph(Graph changed) {
        return new Model(changed, info, format, source, options);
    }

    /// This model with other values for some of its parameters, by name.
    ///
    /// @throws ModelException for a name that is no parameter
    public Model withParameters(Map<String, Tensor> values) {
        try {
            return withGraph(Parameters.replace(graph, values));
        } catch (ShapeException e) {
            throw new ModelException(e.getMessage(), e);
        }
    }

    /// The graph as it was loaded, before any rewriting.
    public Graph graph() {
        return graph;
    }

    public ModelInfo info() {
        return info;
    }

    public ModelOptions options() {
        return options;
    }

    public Backend backend() {
        return backend;
    }

    /// What runs where, and why.
    public Plan plan() {
        return plan;
    }

    /// Inputs with their types, in order.
    public List<Value> inputs() {
        return graph.inputs();
    }

    /// Names of the outputs, in order.
    public List<String> outputNames() {
        return graph.outputNames();
    }

    /// Runs the model on its inputs in order.
    ///
    /// @return the first output
    public Tensor run(Tensor... inputs) {
        return run(InputCheck.inOrder(graph, inputs), null, null).getFirst().asTensor();
    }

    /// Runs the model on named inputs.
    ///
    /// @return every output by name, in the model's order
    /// @throws InputException where an input does not fit
    public Map<String, Datum> run(Map<String, ? extends Datum> inputs) {
        return named(run(InputCheck.inOrder(graph, inputs), null, null));
    }

    /// Runs the model until `token` is cancelled.
    public Map<String, Datum> run(Map<String, ? extends Datum> inputs, CancelToken token) {
        return named(run(InputCheck.inOrder(graph, inputs), token, null));
    }

    /// Runs the model and tells how long each step of its programs took.
    public Map<String, Datum> profile(Map<String, ? extends Datum> inputs, ObjLongConsumer<Program.Step> nanos) {
        return named(run(InputCheck.inOrder(graph, inputs), null, nanos));
    }

    /// Runs the model node by node on its backend, nothing fused, and tells every value: for finding a wrong
    /// node.
    public Map<String, Datum> trace(Map<String, ? extends Datum> inputs, BiConsumer<Value, Datum> trace) {
        return trace(inputs, bodies, trace);
    }

    /// As [#trace], but tells the values in branches and loops too, in every iteration, and what goes into these.
    public Map<String, Datum> traceWithin(Map<String, ? extends Datum> inputs, BiConsumer<Value, Datum> trace) {
        try (Bodies traced = new Bodies(backend, options, trace)) {
            return trace(inputs, traced, trace);
        }
    }

    private Map<String, Datum> trace(
            Map<String, ? extends Datum> inputs, Bodies within, BiConsumer<Value, Datum> trace) {
        List<Datum> ordered = InputCheck.inOrder(graph, inputs);
        inFlight.enter();
        try (PlanRunner single = new PlanRunner(Partition.nodeByNode(graph, backend), options, within)) {
            return named(single.run(ordered, new RunScope(inFlight, options.timeLimit(), null, null), Map.of(), trace));
        } finally {
            inFlight.leave();
        }
    }

    private List<Datum> run(
            List<Datum> inputs,
            @org.jspecify.annotations.Nullable CancelToken token,
            @org.jspecify.annotations.Nullable ObjLongConsumer<Program.Step> profile) {
        inFlight.enter();
        try {
            return runner.run(inputs, new RunScope(inFlight, options.timeLimit(), token, profile));
        } finally {
            inFlight.leave();
        }
    }

    private Map<String, Datum> named(List<Datum> outputs) {
        Map<String, Datum> byName = new LinkedHashMap<>();
        for (int i = 0; i < outputs.size(); i++) {
            byName.put(graph.outputNames().get(i), outputs.get(i));
        }
        return byName;
    }

    /// Fixes inputs and outputs for a hot loop: change the arrays of `inputs`, call [BoundRun#run()], read
    /// those of `outputs`. After warm-up a bound run allocates nothing where the whole model is one program.
    ///
    /// @param outputs dense tensors with the types of the outputs for these inputs; outputs left out are not
    /// given
    public BoundRun bind(Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        List<Tensor> ordered = new ArrayList<>();
        InputCheck.inOrder(graph, inputs).forEach(d -> ordered.add(d.asTensor()));
        return BoundRun.of(runner, inFlight, options.timeLimit(), ordered, outputs);
    }

    /// Fixes inputs and outputs that stay on the device, made by `backend().allocate(type)`: no run copies
    /// anything.
    ///
    /// @param outputs a place for every output
    /// @throws InputException where one is missing or of another type, and where not all of the model is one
    ///     program of the backend
    public DeviceRun bindOnDevice(Map<String, DeviceTensor> inputs, Map<String, DeviceTensor> outputs) {
        return DeviceRun.of(runner, inFlight, options.timeLimit(), inputs, outputs);
    }

    /// Makes the programs for these extents and returns when their fast kernels are in and runs get no faster any
    /// more, or after some seconds. Dims must all be given.
    ///
    /// @param shapes the extents of each input, by name
    public void warmUp(Map<String, long[]> shapes) throws InterruptedException {
        Map<String, Tensor> zeros = zeros(shapes);
        run(zeros);
        runner.awaitReady();
        bodies.awaitReady();
        WarmUp.settle(() -> run(zeros));
    }

    /// Bytes that one run with these extents allocates at most, its outputs included; nothing where the
    /// model has host steps, whose sizes depend on data.
    public Optional<Long> plannedBytes(Map<String, long[]> shapes) {
        return runner.onlyRegion()
                .map(r -> r.ready(ordered(zeros(shapes)), scope()).plannedBytes());
    }

    /// The program for these extents as readable text; nothing where the model has host steps.
    public Optional<Program> program(Map<String, long[]> shapes) {
        return runner.onlyRegion()
                .map(r -> r.ready(ordered(zeros(shapes)), scope()).program());
    }

    /// Of what is no run: without a time limit.
    private RunScope scope() {
        return new RunScope(inFlight, Optional.empty(), null, null);
    }

    private List<Tensor> ordered(Map<String, Tensor> inputs) {
        List<Tensor> all =
                InputCheck.inOrder(graph, inputs).stream().map(Datum::asTensor).toList();
        List<Tensor> read = new ArrayList<>();
        for (Value v : runner.onlyRegion().orElseThrow().region().inputs()) {
            read.add(all.get(plan.graph().inputs().indexOf(v)));
        }
        return read;
    }

    private Map<String, Tensor> zeros(Map<String, long[]> shapes) {
        Map<String, Tensor> zeros = new LinkedHashMap<>();
        for (Value v : graph.inputs()) {
            long[] extents = shapes.get(v.name());
            TensorType type = v.type().asTensor();
            if (extents == null && !type.shape().isConcrete()) {
                throw new InputException("input \"" + v.name() + "\" needs extents: its type is " + type);
            }
            zeros.put(v.name(), Tensor.zeros(type.dtype(), extents == null ? type.shape() : Shape.of(extents)));
        }
        return zeros;
    }

    /// Writes the model in the format of `file`. Where its nodes are still those that were loaded, the file
    /// that was read is *patched*: parameters are replaced, and names, opset, metadata and unknown parts
    /// survive. Else the graph is *rewritten* at a current opset. The log says which.
    ///
    /// @throws ModelException where the file cannot be written or the graph has no form in this format
    public void save(Path file) {
        save(file, SaveOptions.defaults());
    }

    /// Writes the model as `options` say.
    ///
    /// @throws ModelException where the file cannot be written or the graph has no form in this format
    public void save(Path file, SaveOptions options) {
        format.orElseGet(() -> Formats.forFile(file)).save(graph, info, source, file, options);
    }

    /// Writes what was read, perhaps with another graph, without making it ready to run: works for models
    /// with unknown operators too.
    ///
    /// @return what was written
    /// @throws ModelException where the file cannot be written or the graph has no form in this format
    public static ModelContents write(ModelFormat.Loaded model, Path file, SaveOptions options) {
        return Formats.forFile(file).save(model.graph(), model.info(), Optional.of(model.source()), file, options);
    }

    /// Stops runs under way (they end with a [CancelledException]), waits for them and frees what they used.
    @Override
    public void close() {
        if (inFlight.close()) {
            runner.close();
            bodies.close();
        }
    }
}
