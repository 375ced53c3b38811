package dev.quern.onnx;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Every operator that can be imported, by domain, name and since-version.
final class OperatorTable {
    private static final Map<String, List<Row>> BY_NAME = index(List.of(
            AttentionRows.rows(),
            ControlFlowRows.rows(),
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
            TreeRows.rows()));

    private OperatorTable() {}

    /// The newest row that is not newer than `version`.
    static Optional<Row> find(String domain, String name, long version) {
        return BY_NAME.getOrDefault(domain + ":" + name, List.of()).stream()
                .filter(r -> r.since() <= version)
                .findFirst();
    }

    /// `ai.onnx` is the default domain, written as the empty string.
    static String canonical(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
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
