package dev.quern.rewrite;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An equation that is applied from left to right: `x · sigmoid(x) → silu(x)`.
///
/// @param name tells readers of a graph why a node is there
/// @param left what is looked for
/// @param right what takes its place; its variables are those of `left`
public record Rule(String name, Term left, Term right) implements Rewriting {

    @Override
    public Optional<Value> apply(Op op, List<Value> operands, Emitter emitter) {
        return left.match(op, operands).map(bound -> build(right, bound, emitter));
    }

    private static Value build(Term term, Map<String, Value> bound, Emitter emitter) {
        return switch (term) {
            case Term.Variable(String name) -> {
                Value value = bound.get(name);
                if (value == null) {
                    throw new IllegalArgumentException(
                            "the right side of a rule has a variable that its left lacks: " + name);
                }
                yield value;
            }
            case Term.Applied a ->
                emitter.emit(
                        a.example()
                                .orElseThrow(() -> new IllegalArgumentException(
                                        "the right side of a rule must name its operators")),
                        a.operands().stream().map(t -> build(t, bound, emitter)).toList());
        };
    }
}
