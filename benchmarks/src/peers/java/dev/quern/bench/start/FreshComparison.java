package dev.quern.bench.start;

import dev.quern.session.Model;
import dev.quern.session.SampleInputs;
import dev.quern.tensor.Tensor;
import java.io.BufferedReader;
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
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `benchmarks/start`: fresh processes of Quern and of ONNX Runtime in turn.
@Command(
        name = "start",
        mixinStandardHelpOptions = true,
        description =
                "Starts processes of Quern and of ONNX Runtime in turn: milliseconds from the start of the Java virtual"
                        + " machine to the first result, and peak resident memory after some runs. Medians; a ratio of"
                        + " times below 1 means that Quern is faster.")
public final class FreshComparison implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "MODEL", description = "ONNX files")
    List<Path> models = List.of();

    @Option(names = "--shape", paramLabel = "NAME=1x3x224x224", description = "extents of an input")
    List<String> shapes = List.of();

    @Option(names = "--threads", paramLabel = "N", description = "threads of each engine; default ${DEFAULT-VALUE}")
    int threads = 1;

    @Option(names = "--rounds", paramLabel = "N", description = "processes of each; default ${DEFAULT-VALUE}")
    int rounds = 5;

    @Option(names = "--runs", paramLabel = "N", description = "runs in a process; default ${DEFAULT-VALUE}")
    int runs = 20;

    @Option(names = "--jvm", paramLabel = "FLAG", description = "a flag for the Java virtual machines of Quern")
    List<String> flags = List.of();

    @Option(
            names = "--aot",
            description = "gives Quern's Java virtual machines an AOT cache, made by one run before; without the module"
                    + " of the Vector API, which keeps the modules out of such a cache")
    boolean cached;

    @Option(
            names = "--archive",
            description = "lets them keep an archive of classes (-XX:+AutoCreateSharedArchive), which a run before"
                    + " writes when it ends")
    boolean archived;

    private FreshComparison() {}

    /// What a process took.
    private record Taken(double milliseconds, double megabytes) {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new FreshComparison()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        System.out.printf(
                "%-28s %12s %10s %6s %10s %8s %6s%n",
                "model", "quern ms", "peer ms", "ratio", "quern MB", "peer MB", "ratio");
        for (Path model : models) {
            Path inputs = Files.createTempFile("start", ".inputs");
            Path cache = Files.createTempFile("start", ".aot");
            Path archive = Path.of(cache + ".jsa");
            try {
                InputFile.write(inputs, inputs(model));
                List<String> mine = quernFlags();
                if (cached) {
                    taken("quern", with(mine, "-XX:AOTCacheOutput=" + cache), model, inputs);
                    mine = with(mine, "-XX:AOTCache=" + cache);
                }
                if (archived) {
                    mine = with(mine, "-XX:+AutoCreateSharedArchive");
                    mine = with(mine, "-XX:SharedArchiveFile=" + archive);
                    mine = with(mine, "-Xlog:cds=off");
                    taken("quern", mine, model, inputs);
                }
                List<Taken> ours = new ArrayList<>();
                List<Taken> peers = new ArrayList<>();
                for (int round = 0; round < rounds; round++) {
                    ours.add(taken("quern", mine, model, inputs));
                    peers.add(taken("onnxruntime", List.of(), model, inputs));
                }
                print(model, ours, peers);
            } finally {
                Files.delete(inputs);
                Files.delete(cache);
                Files.deleteIfExists(archive);
            }
        }
        return 0;
    }

    private List<String> quernFlags() {
        List<String> all = new ArrayList<>(cached ? List.of() : List.of("--add-modules", "jdk.incubator.vector"));
        all.addAll(flags);
        return all;
    }

    private static List<String> with(List<String> flags, String another) {
        return Stream.concat(flags.stream(), Stream.of(another)).toList();
    }

    private Map<String, InputFile.Input> inputs(Path file) {
        try (Model model = Model.load(file)) {
            SampleInputs samples = new SampleInputs(SampleInputs.parse(model.graph(), shapes), 0);
            Map<String, InputFile.Input> inputs = new LinkedHashMap<>();
            for (Map.Entry<String, Tensor> e :
                    samples.missing(model.graph(), Set.of()).entrySet()) {
                Tensor t = e.getValue();
                inputs.put(e.getKey(), new InputFile.Input(t.shape().extents(), t.array()));
            }
            return inputs;
        }
    }

    private Taken taken(String engine, List<String> jvm, Path model, Path inputs)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), FreshRun.class.getName(), engine));
        command.addAll(List.of(model.toString(), inputs.toString(), "" + threads, "" + runs));
        Path errors = Files.createTempFile("start", ".err");
        long start = System.nanoTime();
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        try (BufferedReader lines = process.inputReader()) {
            String first = lines.readLine();
            long took = System.nanoTime() - start;
            String peak = lines.readLine();
            if (process.waitFor() != 0 || first == null || peak == null) {
                throw new IOException(String.join(" ", command) + " failed; see " + errors);
            }
            Files.delete(errors);
            return new Taken(took / 1e6, Double.parseDouble(peak) / 1000);
        }
    }

    private static void print(Path model, List<Taken> ours, List<Taken> peers) {
        double mine = median(ours.stream().map(Taken::milliseconds).toList());
        double theirs = median(peers.stream().map(Taken::milliseconds).toList());
        double size = median(ours.stream().map(Taken::megabytes).toList());
        double theirSize = median(peers.stream().map(Taken::megabytes).toList());
        System.out.printf(
                Locale.ROOT,
                "%-28s %12.0f %10.0f %6.2f %10.0f %8.0f %6.2f%n",
                model.getFileName(),
                mine,
                theirs,
                mine / theirs,
                size,
                theirSize,
                size / theirSize);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
