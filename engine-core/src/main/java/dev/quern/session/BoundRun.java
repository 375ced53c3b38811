package dev.quern.session;

import dev.quern.backend.Executable;
import dev.quern.compile.Plan.Region;
import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A run whose inputs and outputs are fixed: no lookup, and no allocation where the model is one program. For one
/// thread at a time; make one for each thread.
public final class BoundRun {
    private final PlanRunner runner;
    private final InFlight inFlight;
    private final RunScope scope;
    private final List<Tensor> inputs;
    private final List<Optional<Tensor>> results;
    private final Optional<Direct> direct;

    /// The program that is the whole model, with its arguments.
    private record Direct(Executable executable, Executable.Frame frame, List<Tensor> inputs, List<Tensor> outputs) {}

    private BoundRun(
            PlanRunner runner,
            InFlight inFlight,
            RunScope scope,
            List<Tensor> inputs,
            List<Optional<Tensor>> results,
            Optional<Direct> direct) {
        this.runner = runner;
        this.inFlight = inFlight;
        this.scope = scope;
        this.inputs = inputs;
        this.results = results;
        this.direct = direct;
    }

    static BoundRun of(
            PlanRunner runner,
            InFlight inFlight,
            Optional<Duration> timeLimit,
            List<Tensor> inputs,
            Map<String, Tensor> outputs) {
        Graph graph = runner.graph();
        for (String name : outputs.keySet()) {
            if (!graph.outputNames().contains(name)) {
                throw new InputException("the model has no output \"" + name + "\"; it gives " + graph.outputNames());
            }
        }
        List<Optional<Tensor>> results = new ArrayList<>();
        for (String name : graph.outputNames()) {
            results.add(Optional.ofNullable(outputs.get(name)));
        }
        RunScope scope = new RunScope(inFlight, timeLimit, null, null);
        RunScope binding = new RunScope(inFlight, Optional.empty(), null, null);
        return new BoundRun(runner, inFlight, scope, inputs, results, direct(runner, inputs, results, binding));
    }

    private static Optional<Direct> direct(
            PlanRunner runner, List<Tensor> inputs, List<Optional<Tensor>> results, RunScope scope) {
        Optional<RegionRunner> only = runner.onlyRegion();
        Graph graph = runner.graph();
        if (only.isEmpty() || !only.get().region().outputs().containsAll(graph.outputs())) {
            return Optional.empty();
        }
        Region region = only.get().region();
        List<Tensor> read = new ArrayList<>();
        for (Value v : region.inputs()) {
            read.add(inputs.get(graph.inputs().indexOf(v)));
        }
        ReadyProgram ready = only.get().ready(read, scope);
        List<Tensor> written = ready.newOutputs(scope);
        for (int i = 0; i < results.size(); i++) {
            int at = region.outputs().indexOf(graph.outputs().get(i));
            if (results.get(i).isPresent()) {
                checkType(
                        graph.outputNames().get(i),
                        written.get(at),
                        results.get(i).get());
                written.set(at, results.get(i).get());
            }
        }
        // keyed inputs decide shapes, so a changed value would need another program
        return region.keyed().isEmpty()
                ? Optional.of(new Direct(
                        ready.executable(),
                        ready.executable().newFrame(scope),
                        List.copyOf(read),
                        List.copyOf(written)))
                : Optional.empty();
    }

    private static void checkType(String name, Tensor made, Tensor given) {
        if (!made.type().equals(given.type())) {
            throw new InputException("output \"" + name + "\" must be " + made.type() + ", not " + given.type());
        }
    }

    /// Runs the model: reads the inputs' arrays as they are now, writes the outputs' arrays.
    public void run() {
        inFlight.enter();
        scope.begin();
        try {
            if (direct.isPresent()) {
                Direct d = direct.get();
                d.executable().run(d.frame(), d.inputs(), d.outputs(), scope);
            } else {
                copy(runner.run(inputs, scope));
            }
        } finally {
            inFlight.leave();
        }
    }

    private void copy(List<Datum> computed) {
        for (int i = 0; i < computed.size(); i++) {
            if (results.get(i).isPresent()) {
                Tensor to = results.get(i).get();
                Tensor from = computed.get(i).asTensor();
                checkType(runner.graph().outputNames().get(i), from, to);
                System.arraycopy(from.array(), 0, to.array(), 0, from.length());
            }
        }
    }
}
