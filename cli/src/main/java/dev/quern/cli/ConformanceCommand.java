package dev.quern.cli;

import dev.quern.session.Model;
import dev.quern.session.ModelException;
import dev.quern.session.ModelOptions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quern conformance`.
@Command(
        name = "conformance",
        mixinStandardHelpOptions = true,
        description =
                "Verifies every folder below ROOT that has a model.onnx and test_data_set_*, at the tolerances of the"
                        + " ONNX backend test runner; one row a case.")
final class ConformanceCommand implements Callable<Integer> {
    @Parameters(paramLabel = "ROOT", arity = "1..*", description = "folders of cases")
    List<Path> roots = List.of();

    @Option(names = "--ratchet", paramLabel = "FILE", description = "exit 1 if a case listed in FILE no longer passes")
    @Nullable
    Path ratchet;

    @Option(names = "--update-ratchet", description = "add cases that pass now to the file of --ratchet")
    boolean update;

    @Option(
            names = "--operators",
            paramLabel = "FILE",
            description = "write what the cases that pass say about each operator, for quern operators")
    @Nullable
    Path operators;

    @Option(names = "--quiet", description = "print only cases that do not pass, and totals")
    boolean quiet;

    @Option(names = "--jobs", paramLabel = "N", description = "cases at once; 1 by default")
    int jobs = 1;

    @Mixin
    JsonOutput json = new JsonOutput();

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Override
    public Integer call() throws IOException {
        List<CaseResult> results = new ArrayList<>();
        OperatorRecords records = new OperatorRecords();
        List<Case> cases = new ArrayList<>();
        for (Path root : roots) {
            cases.addAll(Case.below(root));
        }
        if (jobs < 1) {
            throw new ModelException("--jobs must be at least 1, not " + jobs);
        }
        try (ExecutorService workers = Executors.newFixedThreadPool(jobs)) {
            ModelOptions options = backend.toModelOptions();
            List<Future<CaseResult>> running = cases.stream()
                    .map(c -> workers.submit(() -> CaseResult.of(c.root(), c.folder(), options)))
                    .toList();
            for (int i = 0; i < running.size(); i++) {
                CaseResult result = ended(running.get(i));
                results.add(result);
                if (!json.ownsStdout() && !(quiet && result.status() == CaseResult.Status.PASS)) {
                    System.out.println(result.row());
                }
                if (operators != null && result.status() == CaseResult.Status.PASS) {
                    Path file = cases.get(i).folder().resolve("model.onnx");
                    records.add(file, Model.read(file).graph());
                }
            }
        }
        if (operators != null) {
            records.write(operators);
        }
        json.write(asJson(results));
        if (!json.ownsStdout()) {
            printTotals(results);
        }
        return ratchet == null ? 0 : checkRatchet(results, ratchet);
    }

    private record Case(Path root, Path folder) {
        static List<Case> below(Path root) throws IOException {
            if (!Files.isDirectory(root)) {
                throw new IOException("there is no folder " + root);
            }
            try (Stream<Path> files = Files.walk(root)) {
                return files.filter(f -> f.getFileName().toString().equals("model.onnx"))
                        .map(Path::getParent)
                        .sorted()
                        .map(folder -> new Case(root, folder))
                        .toList();
            }
        }
    }

    private static CaseResult ended(Future<CaseResult> running) throws IOException {
        try {
            return running.get();
        } catch (InterruptedException stopped) {
            throw new InterruptedIOException("stopped");
        } catch (ExecutionException broken) {
            throw new IllegalStateException("a case broke the run", broken.getCause());
        }
    }

    private static Map<String, Object> asJson(List<CaseResult> results) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("cases", results.stream().map(CaseResult::asMap).toList());
        all.put("totals", totals(results, CaseResult::group));
        all.put("places", totals(results, CaseResult::place));
        return all;
    }

    private static Map<String, Map<String, Long>> totals(
            List<CaseResult> results, java.util.function.Function<CaseResult, String> by) {
        return results.stream()
                .collect(Collectors.groupingBy(
                        by,
                        TreeMap::new,
                        Collectors.groupingBy(r -> r.status().text(), TreeMap::new, Collectors.counting())))
                .entrySet()
                .stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, e -> (Map<String, Long>) e.getValue(), (a, b) -> a, LinkedHashMap::new));
    }

    private static void printTotals(List<CaseResult> results) {
        System.out.println();
        totals(results, CaseResult::operator).forEach((name, counts) -> System.out.println(name + ": " + counts));
        System.out.println();
        totals(results, CaseResult::group).forEach((name, counts) -> System.out.println(name + ": " + counts));
        System.out.println();
        totals(results, CaseResult::place)
                .forEach((name, counts) -> System.out.println("ran on " + name + ": " + counts));
        results.stream()
                .filter(CaseResult::isByStatistics)
                .forEach(r -> System.out.println(r.name() + " passes: " + r.reason()));
        System.out.println("all: " + totals(results, r -> "all").get("all"));
    }

    private int checkRatchet(List<CaseResult> results, Path file) throws IOException {
        Set<String> passing = results.stream()
                .filter(r -> r.status() == CaseResult.Status.PASS)
                .map(CaseResult::name)
                .collect(Collectors.toCollection(java.util.TreeSet::new));
        List<String> listed = Files.exists(file) ? Files.readAllLines(file) : List.of();
        List<String> lost = listed.stream()
                .filter(c -> !c.isBlank() && !passing.contains(c))
                .toList();
        lost.forEach(c -> System.err.println("no longer passes: " + c));
        if (update && lost.isEmpty()) {
            Files.write(file, passing);
        }
        System.err.println(
                "ratchet: " + listed.size() + " listed, " + lost.size() + " lost, " + passing.size() + " pass");
        return lost.isEmpty() ? 0 : Main.CHECK_FAILED;
    }
}
