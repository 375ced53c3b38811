package dev.quern.cli;

import dev.quern.onnx.OnnxOperator;
import dev.quern.onnx.OnnxOperator.Form;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// One operator in the table of `quern operators`: what the standard has, and what the cases show.
record OperatorRow(OnnxOperator operator, OperatorRecord record) {

    /// Versions, oldest first: `1 7 (13)`, those in brackets not read.
    String forms() {
        return operator.forms().stream()
                .filter(f -> !f.isDeprecated())
                .map(f -> f.isRead() ? String.valueOf(f.since()) : "(" + f.since() + ")")
                .collect(Collectors.joining(" "));
    }

    List<Integer> opsets(Predicate<Form> which) {
        return operator.forms().stream().filter(which).map(Form::since).toList();
    }

    String runs() {
        return record.runs().stream()
                .map(p -> p.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    String gradient() {
        return record.own() == 0
                ? ""
                : switch (record.gradient()) {
                    case YES -> "yes";
                    case NO -> "no";
                    case NO_FLOATS -> "–";
                };
    }

    /// Types with a case, in short.
    String types() {
        return TypeNames.shortened(record.types());
    }

    /// Types of the standard without a case of this operator alone.
    Set<String> withoutCase() {
        Set<String> rest = new TreeSet<>(operator.types());
        rest.removeAll(record.types());
        return rest;
    }
}
