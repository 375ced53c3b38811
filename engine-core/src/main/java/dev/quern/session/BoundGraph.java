package dev.quern.session;

import dev.quern.backend.Backend;
import dev.quern.backend.DeviceTensor;
import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.compile.Plan.Region;
import dev.quern.graph.Graph;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// A graph whose inputs and outputs stay where its backend computes: what a [GraphRunner] is to tensors of the process,
/// this is to tensors of a device. Nothing is copied where the graph is one program of the backend and a result that
/// goes over an operand may be written there at once; otherwise tensors travel through the process. For one thread at
/// a time.
public final class BoundGraph implements AutoCloseable {
    private final InFlight inFlight;
    private final Supplier<RunControl> scopes;
    private final Supplier<RunControl> toTheEnd;
    private final Way way;

    /// How the tensors get to the program.
    private sealed interface Way {}

    /// @param moved results that are copied to their places after a run, which reads these
    private record OnDevice(Executable executable, Executable.Frame frame, Map<DeviceTensor, DeviceTensor> moved)
            implements Way {}

    private record ThroughTheProcess(PlanRunner runner, List<DeviceTensor> inputs, List<DeviceTensor> outputs)
            implements Way {}

    private BoundGraph(InFlight inFlight, Supplier<RunControl> scopes, Supplier<RunControl> toTheEnd, Way way) {
        this.inFlight = inFlight;
        this.scopes = scopes;
        this.toTheEnd = toTheEnd;
        this.way = way;
    }

    /// @param scopes makes what stops a run
    /// @param toTheEnd makes the same for runs that nothing stops
    static BoundGraph of(
            PlanRunner runner,
            Backend backend,
            InFlight inFlight,
            Supplier<RunControl> scopes,
            Supplier<RunControl> toTheEnd,
            List<DeviceTensor> inputs,
            List<DeviceTensor> outputs) {
        Graph graph = runner.graph();
        boolean eachOnce =
                new HashSet<>(graph.outputs()).size() == graph.outputs().size();
        Optional<RegionRunner> only = runner.onlyRegion()
                .filter(r -> eachOnce
                        && r.region().backend().equals(backend)
                        && r.region().keyed().isEmpty()
                        && r.region().outputs().containsAll(graph.outputs()));
        Way way = only.<Way>map(r -> onDevice(r, graph, backend, scopes.get(), inputs, outputs))
                .orElseGet(() -> new ThroughTheProcess(runner, List.copyOf(inputs), List.copyOf(outputs)));
        return new BoundGraph(inFlight, scopes, toTheEnd, way);
    }

    private static OnDevice onDevice(
            RegionRunner only,
            Graph graph,
            Backend backend,
            RunControl control,
            List<DeviceTensor> inputs,
            List<DeviceTensor> outputs) {
        Region region = only.region();
        List<DeviceTensor> read = region.inputs().stream()
                .map(v -> inputs.get(graph.inputs().indexOf(v)))
                .toList();
        List<Tensor> shapes = read.stream()
                .map(t -> Tensor.zeros(t.type().dtype(), t.type().shape()))
                .toList();
        ReadyProgram ready = only.ready(shapes, control);
        Map<DeviceTensor, DeviceTensor> moved = new IdentityHashMap<>();
        Map<DeviceTensor, Integer> operands = new IdentityHashMap<>();
        for (int i = 0; i < read.size(); i++) {
            operands.put(read.get(i), i);
        }
        List<DeviceTensor> written = new ArrayList<>();
        for (int i = 0; i < region.outputs().size(); i++) {
            DeviceTensor place =
                    outputs.get(graph.outputs().indexOf(region.outputs().get(i)));
            Integer operand = operands.get(place);
            if (operand != null && !ready.overwrites(operand, i)) {
                DeviceTensor beside = backend.allocate(place.type());
                moved.put(beside, place);
                written.add(beside);
            } else {
                written.add(place);
            }
        }
        return new OnDevice(ready.executable(), ready.executable().newFrame(read, written, control), moved);
    }

    /// Runs the graph: reads the inputs and writes the outputs where they are.
    ///
    /// @throws dev.quern.backend.CancelledException where the thread was interrupted or the time limit is over; the
    ///     outputs are then undefined
    public void run() {
        run(scopes.get());
    }

    /// Runs the graph as a whole: neither an interrupt nor the time limit stops it.
    public void runToTheEnd() {
        run(toTheEnd.get());
    }

    private void run(RunControl control) {
        inFlight.enter();
        try {
            switch (way) {
                case OnDevice(Executable executable, Executable.Frame frame, var moved) -> {
                    executable.run(frame, control);
                    moved.forEach((from, to) -> to.write(from.read()));
                }
                case ThroughTheProcess(PlanRunner runner, var inputs, var outputs) -> {
                    List<Datum> results =
                            runner.run(inputs.stream().map(DeviceTensor::read).toList(), control);
                    for (int i = 0; i < outputs.size(); i++) {
                        outputs.get(i).write(results.get(i).asTensor());
                    }
                }
            }
        } finally {
            inFlight.leave();
        }
    }

    /// Gives back what runs take beside the tensors that it was bound to.
    @Override
    public void close() {
        if (way instanceof OnDevice(Executable ignored, Executable.Frame frame, var moved)) {
            frame.close();
            moved.keySet().forEach(DeviceTensor::close);
        }
    }
}
