package dev.quern.bench.peers;

import dev.quern.session.SampleInputs;
import dev.quern.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `benchmarks/callers`: several threads call several models at once, Quern's and ONNX Runtime's in turn.
@Command(
        name = "callers",
        mixinStandardHelpOptions = true,
        description = "Calls all models at once from several threads, each of which stays with one model, and counts"
                + " runs: of Quern and of ONNX Runtime in turn. A ratio above 1 means that Quern gives more.")
public final class Callers implements Callable<Integer> {
    private static final int ROUNDS = 5;

    @Parameters(arity = "1..*", paramLabel = "MODEL", description = "ONNX files")
    List<Path> models = List.of();

    @Option(names = "--shape", paramLabel = "NAME=1x3x224x224", description = "extents of an input")
    List<String> shapes = List.of();

    @Option(names = "--callers", paramLabel = "N", description = "threads that call; default ${DEFAULT-VALUE}")
    int callers = 8;

    @Option(names = "--threads", paramLabel = "N", description = "threads of each engine; default ${DEFAULT-VALUE}")
    int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--seconds", paramLabel = "N", description = "of a block; default ${DEFAULT-VALUE}")
    double seconds = 2;

    private Callers() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Callers()).execute(args));
    }

    /// A model in both engines, and what it is given.
    private record Pair(QuernEngine ours, OnnxRuntimeEngine peer, Map<String, Tensor> inputs) {
        Engine engine(boolean own) {
            return own ? ours : peer;
        }
    }

    @Override
    public Integer call() throws Exception {
        List<Pair> pairs = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(callers)) {
            for (Path file : models) {
                QuernEngine ours = new QuernEngine(file, threads);
                Map<String, Tensor> inputs = new SampleInputs(
                                SampleInputs.parse(ours.model().graph(), shapes), 0)
                        .missing(ours.model().graph(), Set.of());
                ours.warmUp(inputs);
                pairs.add(new Pair(ours, new OnnxRuntimeEngine(file, threads), inputs));
            }
            block(pool, pairs, true);
            block(pool, pairs, false);
            double[] ratios = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                double[] peer = block(pool, pairs, false);
                double[] own = block(pool, pairs, true);
                ratios[round] = ratio(own, peer);
                System.out.printf(
                        Locale.ROOT,
                        "quern %s runs/s  onnxruntime %s runs/s  ratio %.2f%n",
                        text(own),
                        text(peer),
                        ratios[round]);
            }
            Arrays.sort(ratios);
            System.out.printf(
                    Locale.ROOT,
                    "%d callers, %d models, %d threads: median ratio %.2f (%.2f–%.2f)%n",
                    callers,
                    models.size(),
                    threads,
                    ratios[ROUNDS / 2],
                    ratios[0],
                    ratios[ROUNDS - 1]);
        } finally {
            pairs.forEach(p -> {
                p.ours().close();
                p.peer().close();
            });
        }
        return 0;
    }

    /// The geometric mean over models: none counts more because its runs are short.
    private static double ratio(double[] own, double[] peer) {
        double logarithms = 0;
        for (int i = 0; i < own.length; i++) {
            logarithms += Math.log(own[i] / peer[i]);
        }
        return Math.exp(logarithms / own.length);
    }

    private static String text(double... runs) {
        return Arrays.stream(runs)
                .mapToObj(r -> String.format(Locale.ROOT, "%.1f", r))
                .collect(Collectors.joining(" + "));
    }

    /// Runs a second of each model, of all its callers together.
    private double[] block(ExecutorService pool, List<Pair> pairs, boolean own) throws Exception {
        Rest.await();
        long end = System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        List<Future<Integer>> counts = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            Pair pair = pairs.get(caller % pairs.size());
            counts.add(pool.submit(() -> {
                int runs = 0;
                while (System.nanoTime() < end) {
                    pair.engine(own).run(pair.inputs());
                    runs++;
                }
                return runs;
            }));
        }
        double[] runs = new double[pairs.size()];
        for (int caller = 0; caller < callers; caller++) {
            runs[caller % runs.length] += counts.get(caller).get() / seconds;
        }
        return runs;
    }
}
