package dev.quern.cli;

import dev.quern.onnx.OnnxOperator.Form;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// `docs/operators.md`: the table of operators, by domain.
final class OperatorsPage {
    private final StringBuilder text = new StringBuilder();

    private OperatorsPage() {}

    static String of(List<OperatorRow> rows) {
        OperatorsPage page = new OperatorsPage();
        page.introduction(rows);
        Map<String, List<OperatorRow>> byDomain = rows.stream()
                .collect(Collectors.groupingBy(r -> r.operator().domain(), LinkedHashMap::new, Collectors.toList()));
        byDomain.forEach(page::domain);
        return page.text.toString();
    }

    private void introduction(List<OperatorRow> rows) {
        text.append("""
                # Operators

                Made by `quern operators --markdown docs/operators.md` from the standard's own list of operators, the table by
                which models are read, and the cases that pass (`conformance/operators.txt`). Nothing here is written by hand.

                - *opsets*: the versions of the operator; one in brackets is not read.
                - *types* have a case of their own that passes on the CPU, for the operand that may have most types; *no case* are
                  the others that the standard allows, which may well run. `floats` are %s; `ints` are i8 to i64, `uints` u8 to
                  u64, `f8` the four float types of 8 bits with a sign, `small ints` those of 4 and 2 bits. Complex numbers are
                  moved on the host, as strings are.
                - *runs*: on kernels, which every backend has, or on the host, in Java beside them. Control flow is a step of the host,
                  its bodies run on kernels.
                - *random* operators draw from a counter and a seed: the same in each run, on each backend and with any number of
                  threads. Their numbers are not those of other engines; shapes, types and distributions are.
                - *gradient*: `–` where no float depends on a float.
                - *cases*: those of the operator alone, and other models that use it.

                """.formatted(String.join(", ", TypeNames.GROUPS.get("floats"))));
        long read = rows.stream().filter(r -> r.operator().isRead()).count();
        text.append("%d operators of %d are read.\n".formatted(read, rows.size()));
    }

    private void domain(String name, List<OperatorRow> rows) {
        List<OperatorRow> read =
                rows.stream().filter(r -> r.operator().isRead()).toList();
        text.append("\n## ").append(name).append("\n\n");
        if (!read.isEmpty()) {
            text.append(
                    "| operator | opsets | types | no case | runs | gradient | cases |\n|---|---|---|---|---|---|---|\n");
            read.forEach(this::row);
        }
        String others = rows.stream()
                .filter(r -> !r.operator().isRead())
                .map(r -> r.operator().name())
                .collect(Collectors.joining(", "));
        if (!others.isEmpty()) {
            text.append("\nNot read: ").append(others).append(".\n");
        }
    }

    private void row(OperatorRow r) {
        String gone = r.opsets(Form::isDeprecated).stream()
                .map(since -> "; gone in " + since)
                .collect(Collectors.joining());
        text.append("| %s | %s%s | %s | %s | %s | %s | %d + %d |\n"
                .formatted(
                        r.operator().name(),
                        r.forms(),
                        gone,
                        r.types(),
                        TypeNames.shortened(r.withoutCase()),
                        r.runs(),
                        r.gradient(),
                        r.record().own(),
                        r.record().others()));
    }
}
