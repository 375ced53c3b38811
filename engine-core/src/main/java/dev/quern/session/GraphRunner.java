package dev.quern.session;

import dev.quern.backend.Backend;
import dev.quern.backend.DeviceTensor;
import dev.quern.backend.RunControl;
import dev.quern.compile.Partition;
import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.kernel.Program;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ObjLongConsumer;

/// A graph that is run again and again with results going where the caller wants them: how training runs its steps. The
/// same plans, programs and caches as a [Model]'s; inputs are not checked.
public final class GraphRunner implements AutoCloseable {
    private final Bodies bodies;
    private final PlanRunner runner;
    private final Backend backend;
    private final ModelOptions options;
    private final Optional<ObjLongConsumer<Program.Step>> profile;
    private final InFlight inFlight = new InFlight();

    private GraphRunner(
            Bodies bodies,
            PlanRunner runner,
            Backend backend,
            ModelOptions options,
            Optional<ObjLongConsumer<Program.Step>> profile) {
        this.bodies = bodies;
        this.backend = backend;
        this.runner = runner;
        this.options = options;
        this.profile = profile;
    }

    /// Plans `graph` for the backend that `options` choose.
    ///
    /// @throws dev.quern.compile.UnsupportedModelException where nodes cannot run; lists all
    public static GraphRunner of(Graph graph, ModelOptions options) {
        return of(graph, options, Optional.empty());
    }

    /// The same, and tells of each run how many nanoseconds the steps of its programs took.
    public static GraphRunner of(Graph graph, ModelOptions options, Optional<ObjLongConsumer<Program.Step>> profile) {
        Backend backend = options.chosenBackend();
        Bodies bodies = new Bodies(backend, options);
        PlanRunner runner = new PlanRunner(
                Partition.of(ConstantWork.done(Model.inferred(graph, backend), backend, options, bodies), backend),
                options,
                bodies);
        return new GraphRunner(bodies, runner, backend, options, profile);
    }

    /// Runs the graph.
    ///
    /// @param inputs in the graph's order
    /// @param outputs for each output, where it should go: a tensor of its type; a new one is made where there is
    ///     nothing. A tensor that is an input as well is written over, without a copy where the program allows it;
    ///     otherwise places share no memory with inputs or each other
    /// @return the outputs, those that were given among them
    /// @throws dev.quern.backend.CancelledException where the thread was interrupted or the time limit is over; the
    ///     contents of given outputs are then undefined
    public List<Datum> run(List<? extends Datum> inputs, List<Optional<Tensor>> outputs) {
        return run(inputs, outputs, scope());
    }

    /// Runs the graph as a whole: neither an interrupt nor the time limit stops it.
    ///
    /// @param inputs as for [#run]
    /// @param outputs as for [#run]
    public List<Datum> runToTheEnd(List<? extends Datum> inputs, List<Optional<Tensor>> outputs) {
        return run(inputs, outputs, toTheEnd());
    }

    private RunControl scope() {
        return new RunScope(inFlight, options.timeLimit(), null, profile.orElse(null));
    }

    private RunControl toTheEnd() {
        return profile.<RunControl>map(ToTheEnd::new).orElse(RunControl.NONE);
    }

    /// Fixes inputs and outputs that stay where the backend computes, made by its `allocate`. An output that is an
    /// input as well is written over; otherwise places share no memory.
    ///
    /// @param inputs in the graph's order
    /// @param outputs a place for each output
    public BoundGraph bind(List<DeviceTensor> inputs, List<DeviceTensor> outputs) {
        return BoundGraph.of(runner, backend, inFlight, this::scope, this::toTheEnd, inputs, outputs);
    }

    /// Of a run that nothing stops and whose steps are timed.
    private record ToTheEnd(ObjLongConsumer<Program.Step> profile) implements RunControl {
        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public boolean traces() {
            return true;
        }

        @Override
        public void stepDone(Program.Step step, long nanos) {
            profile.accept(step, nanos);
        }
    }

    private List<Datum> run(List<? extends Datum> inputs, List<Optional<Tensor>> outputs, RunControl control) {
        List<Value> values = runner.graph().outputs();
        Map<Value, Tensor> given = new IdentityHashMap<>();
        boolean isOneRegion = runner.onlyRegion().isPresent();
        for (int i = 0; i < values.size(); i++) {
            Value v = values.get(i);
            outputs.get(i).filter(t -> isOneRegion || !inputs.contains(t)).ifPresent(t -> given.putIfAbsent(v, t));
        }
        inFlight.enter();
        try {
            List<Datum> results = runner.run(inputs, control, given, null);
            return java.util.stream.IntStream.range(0, results.size())
                    .mapToObj(i -> inPlace(results.get(i), outputs.get(i)))
                    .toList();
        } finally {
            inFlight.leave();
        }
    }

    /// What a region did not write to its place itself (a result of the host, one value given out twice) is copied.
    private static Datum inPlace(Datum result, Optional<Tensor> place) {
        if (place.isEmpty() || place.get() == result) {
            return result;
        }
        Tensor from = result.asTensor();
        Tensor to = place.get();
        if (!from.type().equals(to.type())) {
            throw new InputException("a result must go into " + from.type() + ", not " + to.type());
        }
        System.arraycopy(from.array(), 0, to.array(), 0, from.length());
        return to;
    }

    /// Bytes that a run on such operands allocates at most, its outputs included; nothing where the graph has host
    /// steps, whose sizes depend on data.
    public Optional<Long> plannedBytes(List<Tensor> inputs) {
        return runner.onlyRegion().map(r -> {
            List<Tensor> read = r.region().inputs().stream()
                    .map(v -> inputs.get(runner.graph().inputs().indexOf(v)))
                    .toList();
            return r.ready(read, RunControl.NONE).plannedBytes();
        });
    }

    @Override
    public void close() {
        if (inFlight.close()) {
            runner.close();
            bodies.close();
        }
    }
}
