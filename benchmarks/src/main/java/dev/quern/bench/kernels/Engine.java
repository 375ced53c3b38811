package dev.quern.bench.kernels;

import dev.quern.graph.Graph;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/// What runs a model of one kernel. Peers are found through `ServiceLoader`.
public interface Engine {
    /// One thing to compute.
    ///
    /// @param inputs by name
    /// @param results right ones, in the order of the outputs, dense
    record Work(Graph graph, Map<String, Tensor> inputs, List<Tensor> results) {}

    /// A work that is ready to run again and again.
    interface Run extends AutoCloseable {
        /// Runs it.
        ///
        /// @return something that depends on the results
        Object run() throws Exception;

        /// The results of the last run, in the order of the outputs.
        List<Tensor> results() throws Exception;

        @Override
        void close();
    }

    String name();

    /// @param threads that a run may use
    /// @throws UnsupportedOperationException where this engine does not know an operator
    Run prepare(Work work, int threads) throws Exception;

    /// The engine called `name`: `plain`, `vector`, `machine` or `best` (a tier of Quern's), or a peer that is on the
    /// class path.
    ///
    /// @throws IllegalArgumentException where there is none
    static Engine named(String name) {
        List<Engine> peers = ServiceLoader.load(Engine.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        return peers.stream()
                .filter(e -> e.name().equals(name))
                .findFirst()
                .or(() -> Quern.tier(name))
                .orElseThrow(() -> new IllegalArgumentException("engine must be plain, vector, machine, best"
                        + peers.stream().map(e -> ", " + e.name()).collect(Collectors.joining()) + ", not " + name));
    }
}
