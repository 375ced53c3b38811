package dev.quern.cli;

import dev.quern.session.Model;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quern bench`.
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Times a model: the cold first run, then median, 95th percentile and throughput; planned and real"
                + " peak memory.")
final class BenchCommand implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "an ONNX file")
    Path model = Path.of("");

    @Option(names = "--shape", paramLabel = "NAME=1x3x224x224", description = "extents of an input")
    List<String> shapes = List.of();

    @Option(names = "--seconds", paramLabel = "S", description = "how long to measure; default ${DEFAULT-VALUE}")
    double seconds = 3;

    @Option(names = "--warm", description = "wait until the fast kernels are in before measuring")
    boolean warm;

    @Option(names = "--profile", description = "show the time by node")
    boolean profile;

    @Mixin
    JsonOutput json = new JsonOutput();

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Mixin
    PrecisionOption precision = new PrecisionOption();

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (Model m = Model.load(model, precision.appliedTo(backend.toModelOptions()))) {
            SampleInputs generated = new SampleInputs(SampleInputs.parse(m.graph(), shapes), 0);
            Map<String, Tensor> inputs = generated.missing(m.graph(), java.util.Set.of());
            Map<String, long[]> extents = new LinkedHashMap<>();
            inputs.forEach((name, t) -> extents.put(name, t.shape().extents()));
            double cold = millis(m, inputs);
            if (warm) {
                m.warmUp(extents);
            }
            double[] times = measure(m, inputs);
            Map<String, Object> facts = facts(m, cold, times, m.plannedBytes(extents));
            json.write(facts);
            if (!json.ownsStdout()) {
                facts.forEach((k, v) -> System.out.println(k + ": " + v));
                if (profile) {
                    printProfile(m, inputs);
                }
            }
        }
        return 0;
    }

    private static double millis(Model m, Map<String, Tensor> inputs) {
        long start = System.nanoTime();
        m.run(inputs);
        return (System.nanoTime() - start) / 1e6;
    }

    private double[] measure(Model m, Map<String, Tensor> inputs) {
        long warmUpEnd = System.nanoTime() + (long) (seconds * 0.3e9);
        while (System.nanoTime() < warmUpEnd) {
            m.run(inputs);
        }
        long end = System.nanoTime() + (long) (seconds * 1e9);
        double[] times = new double[64];
        int n = 0;
        do {
            times = n == times.length ? Arrays.copyOf(times, n * 2) : times;
            times[n++] = millis(m, inputs);
        } while (System.nanoTime() < end);
        double[] sorted = Arrays.copyOf(times, n);
        Arrays.sort(sorted);
        return sorted;
    }

    private Map<String, Object> facts(Model m, double cold, double[] sorted, Optional<Long> planned) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("model", model.toString());
        facts.put("backend", m.backend().name());
        facts.put("threads", m.options().threads());
        facts.put("cold_ms", rounded(cold));
        facts.put("median_ms", rounded(sorted[sorted.length / 2]));
        facts.put("p95_ms", rounded(sorted[(int) (sorted.length * 0.95)]));
        facts.put(
                "runs_per_second",
                rounded(1000 * sorted.length / Arrays.stream(sorted).sum()));
        facts.put("planned_bytes", planned.orElse(-1L));
        facts.put("peak_bytes", PeakMemory.bytes());
        return facts;
    }

    private static double rounded(double value) {
        return Math.round(value * 10000) / 10000.0;
    }

    private static void printProfile(Model m, Map<String, Tensor> inputs) {
        Map<String, Long> nanos = new HashMap<>();
        int runs = 20;
        for (int i = 0; i < runs; i++) {
            m.profile(inputs, (step, took) -> nanos.merge(step.kernel().name() + "  " + step.name(), took, Long::sum));
        }
        long all =
                Math.max(1, nanos.values().stream().mapToLong(Long::longValue).sum());
        System.out.println();
        nanos.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(30)
                .forEach(e -> System.out.printf(
                        Locale.ROOT,
                        "%6.2f %%  %9.4f ms  %s%n",
                        100.0 * e.getValue() / all,
                        e.getValue() / 1e6 / runs,
                        e.getKey()));
    }
}
