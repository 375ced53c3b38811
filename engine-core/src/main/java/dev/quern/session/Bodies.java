package dev.quern.session;

import dev.quern.backend.Backend;
import dev.quern.backend.RunControl;
import dev.quern.compile.Partition;
import dev.quern.graph.Graph;
import dev.quern.graph.HostOp;
import dev.quern.tensor.Datum;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// The bodies of control flow, each planned once and with program caches of its own.
final class Bodies implements AutoCloseable {
    private final ConcurrentMap<Graph, PlanRunner> runners = new ConcurrentHashMap<>();
    private final Backend backend;
    private final ModelOptions options;

    Bodies(Backend backend, ModelOptions options) {
        this.backend = backend;
        this.options = options;
    }

    HostOp.Host host(RunControl control) {
        return new HostOp.Host() {
            @Override
            public List<Datum> run(Graph body, List<Datum> in) {
                return runner(body).run(in, control);
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
        PlanRunner made = new PlanRunner(Partition.of(body, backend), options, this);
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
