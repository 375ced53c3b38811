package dev.quern.session;

import dev.quern.backend.DeviceTensor;
import dev.quern.backend.Executable;
import dev.quern.compile.Plan.Region;
import dev.quern.graph.Graph;
import dev.quern.graph.Value;
import dev.quern.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A run whose inputs and outputs stay on the device: nothing is copied. For one thread at a time.
public final class DeviceRun {
    private final InFlight inFlight;
    private final RunScope scope;
    private final Executable executable;
    private final Executable.Frame frame;

    private DeviceRun(InFlight inFlight, RunScope scope, Executable executable, Executable.Frame frame) {
        this.inFlight = inFlight;
        this.scope = scope;
        this.executable = executable;
        this.frame = frame;
    }

    static DeviceRun of(
            PlanRunner runner,
            InFlight inFlight,
            Optional<Duration> timeLimit,
            Map<String, DeviceTensor> inputs,
            Map<String, DeviceTensor> outputs) {
        Graph graph = runner.graph();
        RegionRunner only = runner.onlyRegion()
                .filter(r ->
                        r.region().keyed().isEmpty() && r.region().outputs().containsAll(graph.outputs()))
                .orElseThrow(() -> new InputException("values of this model travel: not all of it is one program of"
                        + " the backend, or shapes depend on values (Model.plan() shows where nodes run)"));
        Region region = only.region();
        List<DeviceTensor> read = new ArrayList<>();
        for (Value v : region.inputs()) {
            read.add(named("input", v.name(), inputs));
        }
        RunScope binding = new RunScope(inFlight, Optional.empty(), null, null);
        List<Tensor> shapes = new ArrayList<>();
        read.forEach(t -> shapes.add(Tensor.zeros(t.type().dtype(), t.type().shape())));
        ReadyProgram ready = only.ready(shapes, binding);
        List<DeviceTensor> written = new ArrayList<>();
        List<Tensor> made = ready.newOutputs(binding);
        for (int i = 0; i < made.size(); i++) {
            String name = graph.outputNames()
                    .get(graph.outputs().indexOf(region.outputs().get(i)));
            DeviceTensor place = named("output", name, outputs);
            if (!place.type().equals(made.get(i).type())) {
                throw new InputException(
                        "output \"" + name + "\" must be " + made.get(i).type() + ", not " + place.type());
            }
            if (read.contains(place) || written.contains(place)) {
                throw new InputException("output \"" + name + "\" needs a place of its own: take turns between two runs"
                        + " to feed results back");
            }
            written.add(place);
        }
        return new DeviceRun(
                inFlight,
                new RunScope(inFlight, timeLimit, null, null),
                ready.executable(),
                ready.executable().newFrame(read, written, binding));
    }

    private static DeviceTensor named(String what, String name, Map<String, DeviceTensor> given) {
        DeviceTensor tensor = given.get(name);
        if (tensor == null) {
            throw new InputException(what + " \"" + name + "\" is missing; given are " + given.keySet());
        }
        return tensor;
    }

    /// Runs the model: reads the inputs and writes the outputs where they are.
    public void run() {
        inFlight.enter();
        scope.begin();
        try {
            executable.run(frame, scope);
        } finally {
            inFlight.leave();
        }
    }
}
