package dev.quern.onnx;

import dev.quern.onnx.Schema.Count;
import dev.quern.onnx.Schema.Formal;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// An operator as ONNX, or ONNX Runtime for com.microsoft, lists it, and which of its versions are read.
///
/// @param domain `ai.onnx` written out
/// @param forms oldest first
/// @param types the types of the operand or result that may have most of them, in the newest form: `f32`, `seq(f32)` …
public record OnnxOperator(String domain, String name, List<Form> forms, Set<String> types) {

    /// One version of an operator.
    ///
    /// @param since the opset version of the domain that brought it
    /// @param isDeprecated whether the operator is gone from this version on
    /// @param isRead whether models with it can be loaded
    public record Form(int since, boolean isDeprecated, boolean isRead) {}

    /// Every operator of ai.onnx, ai.onnx.ml, the preview domains and com.microsoft, by domain and name.
    public static List<OnnxOperator> all() {
        return Schemas.all().stream().map(OnnxOperator::of).toList();
    }

    /// Whether models with some version of it can be loaded.
    public boolean isRead() {
        return forms.stream().anyMatch(Form::isRead);
    }

    private static OnnxOperator of(List<Schema> newestFirst) {
        Schema newest = newestFirst.getFirst();
        List<Form> forms = newestFirst.reversed().stream()
                .map(s -> new Form(s.since(), s.deprecated(), !s.deprecated() && isRead(s)))
                .toList();
        return new OnnxOperator(
                written(newest.domain()),
                newest.name(),
                forms,
                new TreeSet<>(mainFormal(newest).map(newest::types).orElse(Set.of())));
    }

    private static boolean isRead(Schema s) {
        return OperatorTable.find(s.domain(), s.name(), s.since()).isPresent();
    }

    private static String written(String domain) {
        return domain.isEmpty() ? "ai.onnx" : domain;
    }

    /// The operand, or else the result, that may have most types; one that may be absent only where there is no
    /// other.
    static Optional<Formal> mainFormal(Schema s) {
        return Stream.concat(s.operands().stream(), s.results().stream())
                .max(Comparator.comparingInt((Formal f) -> f.count() == Count.OPTIONAL ? 0 : 1)
                        .thenComparingInt(f -> s.types(f).size()));
    }
}
