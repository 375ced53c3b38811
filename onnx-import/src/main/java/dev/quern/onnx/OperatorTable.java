package dev.quern.onnx;

import dev.quern.graph.Op;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Every operator that can be imported, by domain, name and since-version, and how operators of ours are
/// written.
final class OperatorTable {
    private static final Map<String, List<Row>> BY_NAME = index(List.of(
            AttentionRows.rows(),
            ControlFlowRows.rows(),
            DiffusionRows.rows(),
            EarlyRows.rows(),
            FewBitsRows.rows(),
            ElementwiseRows.rows(),
            FusedRows.rows(),
            GeneratorRows.rows(),
            CastRows.rows(),
            HostRows.rows(),
            ImageRows.rows(),
            IndexingRows.rows(),
            LabelRows.rows(),
            LegacyRows.rows(),
            LossRows.rows(),
            MicrosoftAttentionRows.rows(),
            MlRows.rows(),
            NormalizationRows.rows(),
            PoolRows.rows(),
            ProductRows.rows(),
            QLinearRows.rows(),
            QuantizationRows.rows(),
            RecurrentRows.rows(),
            ReductionRows.rows(),
            ShapingRows.rows(),
            SignalRows.rows(),
            SvmRows.rows(),
            TextRows.rows(),
            TrainingRows.rows(),
            TransformerRows.rows(),
            TreeRows.rows(),
            TwinRows.rows()));
    private static final Map<Object, List<Writer>> WRITERS = writers();

    private OperatorTable() {}

    /// The newest row that is not newer than `version`.
    static Optional<Row> find(String domain, String name, long version) {
        return BY_NAME.getOrDefault(domain + ":" + name, List.of()).stream()
                .filter(r -> r.since() <= version)
                .findFirst();
    }

    /// Every row.
    static List<Row> rows() {
        return BY_NAME.values().stream().flatMap(List::stream).toList();
    }

    /// A row and what is written as it.
    record Writer(Row row, Row.Writing<?> writing) {}

    /// The rows that write `op` as one node in a release, those with the operator's name first.
    static List<Writer> writers(Op op, Release release) {
        List<Writer> exact = WRITERS.getOrDefault(op, List.of());
        List<Writer> all = exact.isEmpty() ? WRITERS.getOrDefault(op.getClass(), List.of()) : exact;
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
        return BY_NAME.values().stream()
                .map(List::getFirst)
                .filter(r -> r.name().equals(name))
                .map(Row::domain)
                .min(Comparator.naturalOrder());
    }

    /// `ai.onnx` is the default domain, written as the empty string.
    static String canonical(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }

    private static Map<Object, List<Writer>> writers() {
        Map<Object, List<Writer>> writers = new HashMap<>();
        for (List<Row> rows : BY_NAME.values()) {
            for (Row row : rows) {
                for (Row.Writing<?> w : row.writings()) {
                    writers.computeIfAbsent(w.only(), k -> new ArrayList<>()).add(new Writer(row, w));
                }
            }
        }
        return writers;
    }

    private static Map<String, List<Row>> index(List<List<Row>> families) {
        Map<String, List<Row>> byName = new HashMap<>();
        for (List<Row> family : families) {
            for (Row r : family) {
                byName.computeIfAbsent(r.domain() + ":" + r.name(), k -> new ArrayList<>())
                        .add(r);
            }
        }
        byName.values()
                .forEach(rows -> rows.sort(Comparator.comparingInt(Row::since).reversed()));
        return byName;
    }
}
