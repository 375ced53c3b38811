package dev.quern.session;

import dev.quern.backend.Backend;
import dev.quern.backend.RunControl;
import dev.quern.compile.Partition;
import dev.quern.graph.Graph;
import dev.quern.graph.HostOp;
import dev.quern.graph.Value;
import dev.quern.tensor.Datum;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The bodies of control flow, each planned once and with program caches of its own.
final class Bodies implements AutoCloseable {
    private final ConcurrentMap<Graph, PlanRunner> runners = new ConcurrentHashMap<>();
    private final ConcurrentMap<Graph, Graph> derived = new ConcurrentHashMap<>();
    private final Backend backend;
    private final ModelOptions options;
    private final @Nullable BiConsumer<Value, Datum> trace;

    Bodies(Backend backend, ModelOptions options) {
        this(backend, options, null);
    }

    /// @param trace is told every value, the inputs of bodies included; then nothing is fused
    Bodies(Backend backend, ModelOptions options, @Nullable BiConsumer<Value, Datum> trace) {
        this.backend = backend;
        this.options = options;
        this.trace = trace;
    }

    HostOp.Host host(RunControl control) {
        return new HostOp.Host() {
            @Override
            public List<Datum> run(Graph body, List<Datum> in) {
                if (trace == null) {
                    return runner(body).run(in, control);
                }
                for (int i = 0; i < in.size(); i++) {
                    trace.accept(body.inputs().get(i), in.get(i));
                }
                return runner(body).run(in, control, Map.of(), trace);
            }

            @Override
            public Optional<Graph> derived(Graph body, Supplier<Graph> made) {
                return trace == null ? Optional.of(derived.computeIfAbsent(body, b -> made.get())) : Optional.empty();
            }

            @Override
            public void checkCancelled() {
                control.check();
            }
        };
    }

    private PlanRunner runner(Graph body) {
        PlanRunner found = runners.get(body);
        if (found != null) {
            return found;
        }
        PlanRunner made = new PlanRunner(
                trace == null ? Partition.of(body, backend) : Partition.nodeByNode(body, backend), options, this);
        PlanRunner other = runners.putIfAbsent(body, made);
        return other != null ? other : made;
    }

    void awaitReady() throws InterruptedException {
        for (PlanRunner runner : runners.values()) {
            runner.awaitReady();
        }
    }

    @Override
    public void close() {
        runners.values().forEach(PlanRunner::close);
        runners.clear();
    }
}
