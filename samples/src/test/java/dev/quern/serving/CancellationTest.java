package dev.quern.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Products;
import dev.quern.op.Softmaxes;
import dev.quern.session.BoundRun;
import dev.quern.session.CancelToken;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// A run that is cancelled returns within 50 ms, wherever it is: compiling its first binding, packing weights,
/// allocating a frame, computing. And the next run is right.
final class CancellationTest {
    private static final ModelOptions OPTIONS = ModelOptions.defaults().threads(2);

    /// Enough digits for a run of a good part of a second.
    private static final Tensor MANY = Digits.noise(8_000, 1);

    @Test
    void firstRunOfThreeThousandNodes() throws Exception {
        Graph graph = chain(3000, 32);
        stopsWhenCold(() -> Model.of(graph, OPTIONS), noise(4, 4, 32), noise(4, 4, 32));
    }

    @Test
    void firstRunOfLargeProducts() throws Exception {
        Graph graph = chain(60, 1024);
        stopsWhenCold(() -> Model.of(graph, OPTIONS), noise(4, 256, 1024), noise(4, 2, 1024));
    }

    @Test
    void firstRunOfAConvolutionalModel() throws Exception {
        stopsWhenCold(() -> Digits.load(OPTIONS), MANY, Digits.noise(5, 2));
    }

    /// A new JVM loads every class and interprets every loop.
    @Test
    void firstRunOfAProcess() throws Exception {
        Stopping.Latencies all = Stopping.attempts("first run of a process", () -> {
            List<Double> millis = new ArrayList<>();
            for (int i = 1; i <= 7; i++) {
                millis.addAll(inAProcess(60L * i));
            }
            return millis;
        });
        assertThat(all.median()).as("%s", all).isLessThan(Stopping.AT_MOST_MILLIS);
    }

    /// What is stopped in a process of its own.
    static final class InAProcess {
        private InAProcess() {}

        /// @param args after how many milliseconds the run is stopped
        public static void main(String[] args) throws Exception {
            Graph graph = chain(200, 512);
            try (Model model = Model.of(graph, OPTIONS)) {
                CancelToken token = new CancelToken();
                Tensor input = noise(4, 128, 512);
                Runnable run = () -> model.run(Map.of("x", input), token);
                long after = Long.parseLong(args[0]) * 1_000_000;
                System.out.println("millis " + Stopping.stopped(new Stopping.Stoppable(run, token::cancel), after));
            }
        }
    }

    private static List<Double> inAProcess(long afterMillis) throws Exception {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                InAProcess.class.getName(),
                Long.toString(afterMillis));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = process.inputReader().lines().toList();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as("%s", lines).isZero();
        String said = lines.getLast().replaceAll("^millis \\[|]$", "");
        return said.isEmpty() ? List.of() : List.of(Double.parseDouble(said));
    }

    @Test
    void tokenStopsAWarmRun() throws Exception {
        try (Model model = Digits.load(OPTIONS)) {
            Stopping.Latencies all = Stopping.measure(model, () -> {
                CancelToken token = new CancelToken();
                return new Stopping.Stoppable(() -> model.run(Map.of("x", MANY), token), token::cancel);
            });
            assertThat(all.median()).as("%s", all).isLessThan(Stopping.AT_MOST_MILLIS);
        }
    }

    @Test
    void interruptStopsAWarmRun() throws Exception {
        Thread caller = Thread.currentThread();
        try (Model model = Digits.load(OPTIONS)) {
            Stopping.Latencies all =
                    Stopping.measure(model, () -> new Stopping.Stoppable(() -> model.run(MANY), caller::interrupt));
            assertThat(all.median()).as("%s", all).isLessThan(Stopping.AT_MOST_MILLIS);
        }
    }

    @Test
    void interruptStopsABoundRunOfAnotherThread() throws Exception {
        Thread caller = Thread.currentThread();
        try (Model model = Digits.load(OPTIONS)) {
            BoundRun[] made = new BoundRun[1];
            Thread binding = new Thread(() -> made[0] = model.bind(Map.of("x", MANY), Map.of()));
            binding.start();
            binding.join();
            BoundRun run = made[0];
            Stopping.Latencies all = Stopping.measure(model, () -> new Stopping.Stoppable(run::run, caller::interrupt));
            assertThat(all.median()).as("%s", all).isLessThan(Stopping.AT_MOST_MILLIS);
        }
    }

    /// Everything about the model is new in each run, and its loops have been compiled only so far as earlier runs
    /// got.
    private static void stopsWhenCold(Stopping.Fresh fresh, Tensor input, Tensor probe) throws Exception {
        Tensor expected;
        try (Model whole = fresh.load()) {
            expected = whole.run(probe);
        }
        Stopping.Latencies all = Stopping.measureCold(fresh, input, model -> {
            assertThat(model.run(probe).sameAs(expected)).isTrue();
        });
        assertThat(all.median()).as("%s", all).isLessThan(Stopping.AT_MOST_MILLIS);
    }

    /// Layers of product, bias, activation, softmax and sum.
    static Graph chain(int nodes, int width) {
        GraphBuilder g = new GraphBuilder("chain");
        Value h = g.input("x", Type.tensor(DType.F32, Shape.of(Dim.symbol("N"), Dim.of(width))));
        for (int i = 0; i < nodes; i += 5) {
            g.at("layer" + i);
            h = g.apply(new Products.MatMul(), h, g.parameter("w" + i, noise(i, width, width)));
            h = g.apply(Arithmetic.ADD, h, g.parameter("b" + i, noise(i, width)));
            h = g.apply(Activations.RELU, h);
            h = g.apply(Arithmetic.ADD, h, g.apply(new Softmaxes.Softmax(-1), h));
        }
        g.output("y", h);
        return g.build();
    }

    static Tensor noise(long seed, int... extents) {
        Random random = new Random(seed);
        long[] dims = java.util.Arrays.stream(extents).asLongStream().toArray();
        float[] values = new float[java.util.Arrays.stream(extents).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (random.nextFloat() - 0.5f) / 16;
        }
        return Tensor.of(values, dims);
    }
}
