package dev.quern.onnx;

import dev.quern.graph.Op;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Every operator that can be imported, by domain, name and since-version, and how operators of ours are
/// written.
final class OperatorTable {
    private static final Map<OperatorFamily, Map<String, List<Row>>> FAMILIES = new ConcurrentHashMap<>();

    /// What needs every family.
    private static final class Whole {
        static final Map<String, List<Row>> BY_NAME = whole();
        static final Map<Object, List<Writer>> WRITERS = writers();

        private static Map<String, List<Row>> whole() {
            Map<String, List<Row>> all = new HashMap<>();
            for (OperatorFamily family : OperatorFamily.values()) {
                family(family)
                        .forEach((name, rows) -> all.computeIfAbsent(name, k -> new ArrayList<>())
                                .addAll(rows));
            }
            all.values().forEach(OperatorTable::sort);
            return all;
        }

        private static Map<Object, List<Writer>> writers() {
            Map<Object, List<Writer>> writers = new HashMap<>();
            for (List<Row> rows : BY_NAME.values()) {
                for (Row row : rows) {
                    for (Row.Writing<?> w : row.writings()) {
                        writers.computeIfAbsent(w.only(), k -> new ArrayList<>())
                                .add(new Writer(row, w));
                    }
                }
            }
            return writers;
        }
    }

    private OperatorTable() {}

    /// The newest row that is not newer than `version`.
    static Optional<Row> find(String domain, String name, long version) {
        String operator = domain + ":" + name;
        return OperatorIndex.families(operator).stream()
                .flatMap(f -> family(f).getOrDefault(operator, List.of()).stream())
                .filter(r -> r.since() <= version)
                .max(Comparator.comparingInt(Row::since));
    }

    /// Every row.
    static List<Row> rows() {
        return Whole.BY_NAME.values().stream().flatMap(List::stream).toList();
    }

    /// A row and what is written as it.
    record Writer(Row row, Row.Writing<?> writing) {}

    /// The rows that write `op` as one node in a release, those with the operator's name first.
    static List<Writer> writers(Op op, Release release) {
        List<Writer> exact = Whole.WRITERS.getOrDefault(op, List.of());
        List<Writer> all = exact.isEmpty() ? Whole.WRITERS.getOrDefault(op.getClass(), List.of()) : exact;
        boolean oneName = all.stream().map(w -> w.row().name()).distinct().count() == 1;
        return all.stream()
                .filter(w -> oneName || w.writing().alias() || w.row().name().equals(op.name()))
                .filter(w -> find(
                                w.row().domain(),
                                w.row().name(),
                                release.version(w.row().domain()))
                        .filter(w.row()::equals)
                        .isPresent())
                .sorted(Comparator.comparing(w -> !w.row().name().equals(op.name())))
                .toList();
    }

    /// The domain of the operator that is called so.
    static Optional<String> domain(String name) {
        return Whole.BY_NAME.values().stream()
                .map(List::getFirst)
                .filter(r -> r.name().equals(name))
                .map(Row::domain)
                .min(Comparator.naturalOrder());
    }

    /// `ai.onnx` is the default domain, written as the empty string.
    static String canonical(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }

    private static Map<String, List<Row>> family(OperatorFamily family) {
        return FAMILIES.computeIfAbsent(family, f -> {
            Map<String, List<Row>> byName = new HashMap<>();
            for (Row r : f.rows()) {
                byName.computeIfAbsent(r.domain() + ":" + r.name(), k -> new ArrayList<>())
                        .add(r);
            }
            byName.values().forEach(OperatorTable::sort);
            return byName;
        });
    }

    private static void sort(List<Row> rows) {
        rows.sort(Comparator.comparingInt(Row::since).reversed());
    }
}
