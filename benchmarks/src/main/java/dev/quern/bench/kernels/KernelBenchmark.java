package dev.quern.bench.kernels;

import dev.quern.backend.Backends;
import dev.quern.graph.Graph;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A family of kernels. Results are compared with those of the reference backend before they are timed, and once more
/// afterwards, since a faster form of a kernel may have come in meanwhile.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 5,
        jvmArgsAppend = {
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow" // JMH's own
        })
@SuppressWarnings("NullAway.Init") // JMH calls the set-up before anything else
public abstract class KernelBenchmark {
    /// Largest error of a float, as a share of the largest magnitude among the results.
    private static final double TOLERANCE = 2e-5;

    /// What runs the kernel: see [Engine#named].
    @Param("best")
    public String engine;

    @Param("1")
    public int threads;

    private List<Tensor> expected;
    private Engine.Run prepared;

    /// The kernel.
    protected abstract Graph graph();

    /// Inputs that cannot be floats between −1 and 1, by name.
    protected Map<String, Tensor> given() {
        return Map.of();
    }

    @Setup
    public void prepare() throws Exception {
        Graph graph = graph();
        Map<String, Tensor> inputs = new LinkedHashMap<>(given());
        inputs.putAll(new SampleInputs(Map.of(), 1).missing(graph, inputs.keySet()));
        expected = reference(graph, inputs);
        prepared = Engine.named(engine).prepare(new Engine.Work(graph, inputs, expected), threads);
        prepared.run();
        check();
    }

    private static List<Tensor> reference(Graph graph, Map<String, Tensor> inputs) {
        ModelOptions options = ModelOptions.defaults().backend(Backends.prefer("reference"));
        try (Model model = Model.of(graph, options)) {
            List<Tensor> results = new ArrayList<>();
            for (Datum result : model.run(inputs).values()) {
                results.add(result.asTensor());
            }
            return results;
        }
    }

    @Benchmark
    public Object run() throws Exception {
        return prepared.run();
    }

    @TearDown
    public void close() throws Exception {
        check();
        prepared.close();
    }

    private void check() throws Exception {
        List<Tensor> results = prepared.results();
        for (int i = 0; i < expected.size(); i++) {
            check(expected.get(i), results.get(i));
        }
    }

    private void check(Tensor want, Tensor got) {
        if (!want.type().equals(got.type())) {
            throw new IllegalStateException(engine + " gave " + got.type() + ", not " + want.type());
        }
        double bound = 0;
        if (want.dtype().isFloat()) {
            for (int i = 0; i < want.length(); i++) {
                bound = Math.max(bound, TOLERANCE * Math.abs(want.getDouble(i)));
            }
        }
        for (int i = 0; i < want.length(); i++) {
            if (!(Math.abs(got.getDouble(i) - want.getDouble(i)) <= bound)) {
                throw new IllegalStateException("element " + i + " of " + got.type() + " from " + engine + " is "
                        + got.getDouble(i) + ", not " + want.getDouble(i));
            }
        }
    }
}
