package dev.quern.bench.training;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// `benchmarks/train`: `[--python FILE] [--peers] [--threads N] [--seconds N] [--rounds N] [WORK...]`.
/// Starts a process of Quern, one of PyTorch and with `--peers` those of other libraries of the JVM in turn for each
/// work and prints medians with the ratio, above 1 where Quern is faster.
public final class TrainingComparison {
    /// Classes of the profile `training-peers`, and what they can train.
    private static final List<String> PEERS = List.of("Dl4jRun", "DjlRun");

    private static final List<String> PEERS_WORKS = List.of("mlp", "cnn");

    private final Path script;
    private Optional<String> python = Optional.empty();
    private String threads = "1";
    private String seconds = "20";
    private int rounds = 3;
    private boolean withPeers;
    private final List<String> works = new ArrayList<>();

    private TrainingComparison(Path script) {
        this.script = script;
    }

    /// What a process has measured.
    private record Measured(double median, double least, double megabytes) {}

    public static void main(String[] args) throws IOException, InterruptedException {
        TrainingComparison comparison = new TrainingComparison(Path.of(args[0]));
        comparison.read(Arrays.copyOfRange(args, 1, args.length));
        comparison.run();
    }

    private void read(String... args) {
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--python" -> python = Optional.of(args[++i]);
                case "--peers" -> withPeers = true;
                case "--threads" -> threads = args[++i];
                case "--seconds" -> seconds = args[++i];
                case "--rounds" -> rounds = Integer.parseInt(args[++i]);
                default -> works.add(args[i]);
            }
        }
        if (works.isEmpty()) {
            Work.all().forEach(w -> works.add(w.name()));
            works.addAll(List.of("optimizer", "optimizer-fused"));
        }
    }

    private void run() throws IOException, InterruptedException {
        String skipped = python.isEmpty() ? "PyTorch is skipped: no --python with it was given" : "";
        System.out.printf(
                Locale.ROOT,
                "%s thread(s), %s s a process, %d round(s); milliseconds a step (median, least), peak MB. %s%n",
                threads,
                seconds,
                rounds,
                skipped);
        System.out.printf("%-16s %20s %8s %20s %8s %6s%n", "work", "quern ms", "MB", "pytorch ms", "MB", "ratio");
        for (String work : works) {
            List<Measured> ours = new ArrayList<>();
            List<Measured> peer = new ArrayList<>();
            Map<String, List<Measured>> peers = new LinkedHashMap<>();
            for (int round = 0; round < rounds; round++) {
                ours.add(measured(quern(work)));
                if (python.isPresent()) {
                    peer.add(measured(List.of(python.get(), script.toString(), work, threads, seconds)));
                }
                for (String run : withPeers && PEERS_WORKS.contains(work) ? PEERS : List.<String>of()) {
                    peers.computeIfAbsent(run, r -> new ArrayList<>()).add(measured(java(run, work)));
                }
            }
            print(work, ours, peer);
            peers.forEach((run, measured) -> print(run, ours, measured));
        }
    }

    private static void print(String work, List<Measured> ours, List<Measured> peer) {
        String theirs = peer.isEmpty()
                ? ""
                : String.format(
                        Locale.ROOT,
                        "%s %6.2f",
                        text(peer),
                        middle(peer).median() / middle(ours).median());
        System.out.printf(Locale.ROOT, "%-16s %s %s%n", work, text(ours), theirs);
    }

    private static String text(List<Measured> all) {
        Measured m = middle(all);
        double least = all.stream().mapToDouble(Measured::least).min().orElseThrow();
        return String.format(Locale.ROOT, "%10.2f %9.2f %8.0f", m.median(), least, m.megabytes());
    }

    private static Measured middle(List<Measured> all) {
        return all.stream()
                .sorted((a, b) -> Double.compare(a.median(), b.median()))
                .toList()
                .get(all.size() / 2);
    }

    /// Quern's run, with the collector that `quern train` chooses.
    private List<String> quern(String work) {
        List<String> command = new ArrayList<>(java(TrainingRun.class.getSimpleName(), work.replace("-fused", "")));
        command.add(1, "-XX:+UseSerialGC");
        return command;
    }

    /// A run of a class beside this one.
    private List<String> java(String run, String work) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                TrainingComparison.class.getPackageName() + "." + run,
                work,
                threads,
                seconds);
    }

    private Measured measured(List<String> command) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("training", ".err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().put("OMP_NUM_THREADS", threads);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0 || output.isEmpty()) {
            throw new IOException(String.join(" ", command) + " failed; see " + errors);
        }
        Files.delete(errors);
        String[] numbers = output.lines().toList().getLast().split(" ");
        return new Measured(
                Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1]), Double.parseDouble(numbers[2]));
    }
}
