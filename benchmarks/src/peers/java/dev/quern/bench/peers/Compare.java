package dev.quern.bench.peers;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.jr.ob.JSON;
import dev.quern.bench.suite.Baseline;
import dev.quern.bench.suite.Suite;
import dev.quern.graph.Graph;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `benchmarks/compare`: Quern beside ONNX Runtime, and beside DJL with PyTorch where there is a TorchScript file.
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description =
                "Runs models in Quern and its peers, interleaved in one process; a ratio above 1 means that Quern is"
                        + " faster.")
public final class Compare implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "MODEL",
            description = "ONNX files; NAME.pt beside NAME.onnx is for PyTorch; with a table, names in it")
    List<Path> models = List.of();

    @Option(
            names = "--suite",
            description = "the models of docs/performance.md, generated where they are missing; ratios are compared"
                    + " with the baseline, status 1 where one has fallen by more than 15 %%")
    boolean suite;

    @Option(names = "--conv", description = "likewise single convolutions, the layers of known architectures")
    boolean convolutions;

    @Option(names = "--matmul", description = "likewise single products of matrices, in batches too")
    boolean products;

    @Option(
            names = "--baseline",
            paramLabel = "FILE",
            description = "ratios of an earlier run; default ${DEFAULT-VALUE}")
    Path baseline = Path.of(System.getProperty("quern.bench.home", "benchmarks"), "baseline.json");

    @Option(names = "--record", description = "puts the ratios of this run into the baseline")
    boolean record;

    @Option(names = "--shape", paramLabel = "NAME=1x3x224x224", description = "extents of an input")
    List<String> shapes = List.of();

    @Option(names = "--batch", paramLabel = "N", description = "the first extent of each input, where it is dynamic")
    long batch = 1;

    @Option(names = "--threads", paramLabel = "N", description = "threads of each engine; default ${DEFAULT-VALUE}")
    int threads = 1;

    @Option(names = "--seconds", paramLabel = "N", description = "how long to measure a pair; default ${DEFAULT-VALUE}")
    double seconds = 5;

    @Option(
            names = "--json",
            arity = "0..1",
            fallbackValue = "-",
            paramLabel = "FILE",
            description = "JSON on stdout or to FILE")
    @Nullable
    String json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    CommandSpec spec;

    private Compare() {}

    /// Ends the process with status 0, 1 where an engine could not run a model, or 2 for wrong usage.
    public static void main(String[] args) {
        System.exit(new CommandLine(new Compare()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        List<Map<String, Object>> rows = new ArrayList<>();
        if (!"-".equals(json)) {
            System.out.printf(
                    "%-32s %-12s %10s %10s %7s  %s%n",
                    "model", "peer", "quern ms", "peer ms", "ratio", "min…max, max error");
        }
        int status = 0;
        for (Path model : files()) {
            try {
                compare(model, rows);
            } catch (RuntimeException | OrtException e) {
                // the other models still have their turn
                System.err.println("compare: " + model + ": " + e.getMessage());
                status = 1;
            }
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("rows", rows);
        if (json != null) {
            String text = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(all);
            if (json.equals("-")) {
                System.out.println(text);
            } else {
                Files.writeString(Path.of(json), text + "\n");
            }
        }
        return Math.max(status, table() == null ? 0 : baselined(rows));
    }

    private @Nullable Suite table() {
        return suite ? Suite.MODELS : convolutions ? Suite.CONVOLUTIONS : products ? Suite.PRODUCTS : null;
    }

    private List<Path> files() throws IOException {
        Suite table = table();
        if (table == null) {
            if (models.isEmpty()) {
                throw new ParameterException(spec.commandLine(), "a MODEL, --suite, --conv or --matmul is needed");
            }
            return models;
        }
        Path home = Path.of(System.getProperty("quern.bench.home", "benchmarks"));
        try {
            return table.files(
                    home.resolve("target/suite"),
                    models.stream().map(Path::toString).toList());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /// Compares with the baseline, or becomes it; what there is to say goes to stderr.
    private int baselined(List<Map<String, Object>> rows) throws IOException {
        double logs = rows.stream()
                .mapToDouble(row -> Math.log(((Number) row.getOrDefault("ratio", 1)).doubleValue()))
                .sum();
        System.err.printf(
                Locale.ROOT,
                "geometric mean of %d ratios: %.2f, least %.2f%n",
                rows.size(),
                Math.exp(logs / Math.max(1, rows.size())),
                rows.stream()
                        .mapToDouble(row -> ((Number) row.getOrDefault("ratio", 1)).doubleValue())
                        .min()
                        .orElse(1));
        Baseline before = Baseline.in(baseline);
        if (record) {
            before.record(rows);
            return 0;
        }
        List<String> drops = before.drops(rows);
        drops.forEach(drop -> System.err.println("compare: slower than the baseline: " + drop));
        return drops.isEmpty() ? 0 : 1;
    }

    private void compare(Path file, List<Map<String, Object>> rows) throws Exception {
        try (QuernEngine ours = new QuernEngine(file, threads)) {
            Map<String, Tensor> inputs = inputs(ours.model().graph());
            try (Engine peer = new OnnxRuntimeEngine(file, threads)) {
                rows.add(row(file, new Comparison(ours, peer, inputs, seconds)));
            }
            Path script = Path.of(file.toString().replaceFirst("\\.onnx$", ".pt"));
            if (Files.exists(script)) {
                try (Engine peer = new PyTorchEngine(script, threads)) {
                    rows.add(row(file, new Comparison(ours, peer, inputs, seconds)));
                }
            }
        }
    }

    private Map<String, Tensor> inputs(Graph graph) {
        Map<String, long[]> extents = new LinkedHashMap<>();
        graph.inputs().forEach(v -> {
            var shape = v.type().asTensor().shape();
            if (shape.isRanked() && shape.rank() > 0 && !shape.dim(0).isFixed()) {
                extents.put(
                        v.name(),
                        shape.with(0, Dim.of(batch))
                                .map(d -> d.isFixed() ? d : Dim.of(1))
                                .extents());
            }
        });
        extents.putAll(SampleInputs.parse(graph, shapes));
        return new SampleInputs(extents, 0).missing(graph, Set.of());
    }

    private Map<String, Object> row(Path file, Comparison comparison) throws Exception {
        Comparison.Row row = comparison.run();
        if (!"-".equals(json)) {
            System.out.printf(
                    Locale.ROOT,
                    "%-32s %-12s %10.4f %10.4f %7.3f  %.3f…%.3f, %.1e%n",
                    name(file),
                    comparison.peer().name(),
                    row.ours(),
                    row.peer(),
                    row.ratio(),
                    row.ratioMin(),
                    row.ratioMax(),
                    row.maxError());
        }
        return row.asMap(file.toString(), comparison.peer().name(), threads, batch);
    }

    private static String name(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return folder != null && String.valueOf(file.getFileName()).equals("model.onnx")
                ? String.valueOf(folder.getFileName())
                : String.valueOf(file.getFileName());
    }
}
