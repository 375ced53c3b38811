package dev.quern.rewrite;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// One side of a [Rule]: variables, and operators applied to terms.
public sealed interface Term {

    /// Stands for any value; the same name stands for the same value.
    record Variable(String name) implements Term {}

    /// An operator that `accepts` says, with one output, applied to terms. `example` is the operator itself where
    /// only one is meant, and is what the right side of a rule applies.
    record Applied(Predicate<Op> accepts, Optional<Op> example, List<Term> operands) implements Term {}

    static Term variable(String name) {
        return new Variable(name);
    }

    /// `op` applied to terms.
    static Term apply(Op op, Term... operands) {
        return new Applied(op::equals, Optional.of(op), List.of(operands));
    }

    /// Any operator of a kind applied to terms; on the left side only.
    static Term any(Class<? extends Op> kind, Term... operands) {
        return new Applied(kind::isInstance, Optional.empty(), List.of(operands));
    }

    /// What the variables stand for if this term describes `op` applied to `operands`.
    default Optional<Map<String, Value>> match(Op op, List<Value> operands) {
        Map<String, Value> bound = new HashMap<>();
        return this instanceof Applied a && matches(a, op, operands, bound) ? Optional.of(bound) : Optional.empty();
    }

    private static boolean matches(Applied term, Op op, List<Value> operands, Map<String, Value> bound) {
        if (!term.accepts().test(op) || operands.size() != term.operands().size()) {
            return false;
        }
        for (int i = 0; i < operands.size(); i++) {
            if (!matches(term.operands().get(i), operands.get(i), bound)) {
                return false;
            }
        }
        return true;
    }

    private static boolean matches(Term term, Value value, Map<String, Value> bound) {
        return switch (term) {
            case Variable(String name) -> {
                Value before = bound.putIfAbsent(name, value);
                yield before == null || before == value;
            }
            case Applied a ->
                value.producer()
                        .filter(n -> n.outputs().size() == 1)
                        .map(n -> matches(a, n.op(), n.inputs(), bound))
                        .orElse(false);
        };
    }
}
