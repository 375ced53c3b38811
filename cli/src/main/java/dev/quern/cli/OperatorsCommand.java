package dev.quern.cli;

import dev.quern.onnx.OnnxOperator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `quern operators`.
@Command(
        name = "operators",
        mixinStandardHelpOptions = true,
        description = "What is supported: every operator of ONNX with its opsets, types, where it runs, gradient and"
                + " the number of cases that pass.")
final class OperatorsCommand implements Callable<Integer> {
    @Option(
            names = "--cases",
            paramLabel = "FILE",
            description = "what quern conformance --operators wrote; by default conformance/operators.txt of the clone")
    Path cases = Path.of(System.getProperty("quern.home", ".")).resolve("conformance/operators.txt");

    @Option(names = "--markdown", paramLabel = "FILE", description = "write the table as Markdown (docs/operators.md)")
    @Nullable
    Path markdown;

    @Mixin
    JsonOutput json = new JsonOutput();

    @Override
    public Integer call() throws IOException {
        if (!Files.exists(cases)) {
            throw new IOException("there is no record of cases at " + cases + "; --cases names another one");
        }
        OperatorRecords records = OperatorRecords.read(cases);
        List<OperatorRow> rows = OnnxOperator.all().stream()
                .map(o -> new OperatorRow(o, records.of(o.domain(), o.name())))
                .toList();
        json.write(asJson(rows));
        if (markdown != null) {
            Files.writeString(markdown, OperatorsPage.of(rows));
        } else if (!json.ownsStdout()) {
            rows.forEach(r -> System.out.println(line(r)));
        }
        return 0;
    }

    private static String line(OperatorRow row) {
        return String.format(
                Locale.ROOT,
                "%-60s %-28s %-14s %-8s %5d %5d  %s",
                row.operator().domain() + " " + row.operator().name(),
                row.forms(),
                row.runs(),
                row.gradient(),
                row.record().own(),
                row.record().others(),
                row.types());
    }

    private static Map<String, Object> asJson(List<OperatorRow> rows) {
        return Map.of("operators", rows.stream().map(OperatorsCommand::asMap).toList());
    }

    private static Map<String, Object> asMap(OperatorRow row) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("domain", row.operator().domain());
        map.put("operator", row.operator().name());
        map.put("supported", row.operator().isRead());
        map.put("opsets", row.opsets(OnnxOperator.Form::isRead));
        map.put("opsets_missing", row.opsets(f -> !f.isRead() && !f.isDeprecated()));
        map.put("types", List.copyOf(row.record().types()));
        map.put("types_without_case", List.copyOf(row.withoutCase()));
        map.put("runs", row.runs());
        map.put("gradient", row.gradient());
        map.put("cases", row.record().own());
        map.put("cases_with_it", row.record().others());
        return map;
    }
}
