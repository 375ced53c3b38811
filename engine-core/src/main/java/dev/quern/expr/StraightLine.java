package dev.quern.expr;

import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Expressions as straight-line code: every distinct subexpression once, operands before use.
///
/// An expression with shared parts is a tree that can be exponentially larger than its drawing. This is the drawing:
/// what programs and generated code are made from, and, being equal by structure in linear time, the key to cache
/// them under.
///
/// @param steps distinct subexpressions
/// @param results for each expression the step that is its value
public record StraightLine(List<Step> steps, List<Integer> results) {

    public StraightLine {
        steps = List.copyOf(steps);
        results = List.copyOf(results);
    }

    /// One operation. Two steps are equal if they do the same to the same operands.
    ///
    /// @param expr what is computed; its operands are the steps `operands`
    /// @param operands positions of earlier steps
    public record Step(Expr expr, List<Integer> operands) {

        /// What the step does, without its operands.
        private Object head() {
            return switch (expr) {
                case Expr.Arg a -> a;
                case Expr.Const c -> c;
                case Expr.Index i -> i;
                case Expr.Unary u -> u.fn();
                case Expr.Binary b -> b.fn();
                case Expr.Select ignored -> Expr.Select.class;
                case Expr.Cast c -> c.dtype();
                case Expr.BitCast c -> List.of(c.dtype());
            };
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Step s && operands.equals(s.operands) && head().equals(s.head());
        }

        @Override
        public int hashCode() {
            return 31 * head().hashCode() + operands.hashCode();
        }
    }

    public static StraightLine of(List<Expr> exprs) {
        Builder builder = new Builder();
        List<Integer> results = exprs.stream().map(builder::number).toList();
        return new StraightLine(builder.steps, results);
    }

    public static StraightLine of(Expr expr) {
        return of(List.of(expr));
    }

    /// The operands that are read, by index: their types, in order of first use.
    public Map<Integer, DType> args() {
        Map<Integer, DType> args = new LinkedHashMap<>();
        for (Step step : steps) {
            if (step.expr() instanceof Expr.Arg(int index, DType dtype)) {
                args.put(index, dtype);
            }
        }
        return args;
    }

    /// Whether the value depends on the position in the iteration space.
    public boolean readsIndex() {
        return steps.stream().anyMatch(s -> s.expr() instanceof Expr.Index);
    }

    private static final class Builder {
        private final List<Step> steps = new ArrayList<>();
        private final Map<Step, Integer> numbers = new HashMap<>();
        private final IdentityHashMap<Expr, Integer> seen = new IdentityHashMap<>();

        int number(Expr expr) {
            Integer known = seen.get(expr);
            if (known != null) {
                return known;
            }
            List<Integer> operands = new ArrayList<>(3);
            for (Expr operand : expr.operands()) {
                operands.add(number(operand));
            }
            Step step = new Step(expr, List.copyOf(operands));
            int number = numbers.computeIfAbsent(step, s -> {
                steps.add(s);
                return steps.size() - 1;
            });
            seen.put(expr, number);
            return number;
        }
    }
}
