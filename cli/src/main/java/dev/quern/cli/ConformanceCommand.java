package dev.quern.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
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
    @Parameters(paramLabel = "ROOT", description = "a folder of cases")
    Path root = Path.of("");

    @Option(names = "--ratchet", paramLabel = "FILE", description = "exit 1 if a case listed in FILE no longer passes")
    @Nullable
    Path ratchet;

    @Option(names = "--update-ratchet", description = "add cases that pass now to the file of --ratchet")
    boolean update;

    @Option(names = "--quiet", description = "print only cases that do not pass, and totals")
    boolean quiet;

    @Mixin
    JsonOutput json = new JsonOutput();

    @Mixin
    BackendOptions backend = new BackendOptions();

    @Override
    public Integer call() throws IOException {
        if (!Files.isDirectory(root)) {
            throw new IOException("there is no folder " + root);
        }
        List<CaseResult> results = new ArrayList<>();
        for (Path folder : cases()) {
            CaseResult result = CaseResult.of(root, folder, backend.toModelOptions());
            results.add(result);
            if (!json.ownsStdout() && !(quiet && result.status() == CaseResult.Status.PASS)) {
                System.out.println(result.row());
            }
        }
        json.write(asJson(results));
        if (!json.ownsStdout()) {
            printTotals(results);
        }
        return ratchet == null ? 0 : checkRatchet(results, ratchet);
    }

    private List<Path> cases() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(f -> f.getFileName().toString().equals("model.onnx"))
                    .map(Path::getParent)
                    .sorted()
                    .toList();
        }
    }

    private static Map<String, Object> asJson(List<CaseResult> results) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("cases", results.stream().map(CaseResult::asMap).toList());
        all.put("totals", totals(results, CaseResult::group));
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
