package dev.quern.bench.suite;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Ratios of an earlier run, by model, peer, threads and batch: a file with a JSON object `{"resnet50 onnxruntime 1 1":
/// 1.02}`.
public final class Baseline {
    /// A ratio may fall to this share of its baseline.
    private static final double LEAST_SHARE = 0.85;

    private final Path file;
    private final Map<String, Double> ratios = new TreeMap<>();

    private Baseline(Path file) {
        this.file = file;
    }

    /// The baseline in `file`, empty where there is none.
    public static Baseline in(Path file) throws IOException {
        Baseline baseline = new Baseline(file);
        if (Files.exists(file)) {
            JSON.std
                    .mapFrom(Files.readString(file))
                    .forEach((key, ratio) -> baseline.ratios.put(key, ((Number) ratio).doubleValue()));
        }
        return baseline;
    }

    private static String key(Map<String, Object> row) {
        String model = String.valueOf(Path.of(String.valueOf(row.get("model"))).getFileName());
        return String.join(
                " ",
                model.replaceFirst("\\.onnx$", ""),
                String.valueOf(row.get("peer")),
                String.valueOf(row.get("threads")),
                String.valueOf(row.get("batch")));
    }

    private static double ratio(Map<String, Object> row) {
        return ((Number) row.getOrDefault("ratio", 0)).doubleValue();
    }

    /// A line for each row whose ratio has fallen by more than 15 %.
    public List<String> drops(List<Map<String, Object>> rows) {
        List<String> drops = new ArrayList<>();
        for (Map<String, Object> row : rows) {
            double before = ratios.getOrDefault(key(row), 0.0);
            if (ratio(row) < LEAST_SHARE * before) {
                drops.add(String.format(Locale.ROOT, "%s: %.2f, was %.2f", key(row), ratio(row), before));
            }
        }
        return drops;
    }

    /// Puts the ratios of `rows` in place of those in the file.
    public void record(List<Map<String, Object>> rows) throws IOException {
        rows.forEach(row -> ratios.put(key(row), Math.round(100 * ratio(row)) / 100.0));
        Map<String, Object> all = new LinkedHashMap<>(ratios);
        Files.writeString(file, JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(all) + "\n");
    }
}
