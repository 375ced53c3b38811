package dev.quern.graph;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Remembers which operator was applied to which values, so that common subexpressions become one (hash-consing;
/// Ershov, 1958). Initializers count by identity and are never merged; short literals count by their elements.
public final class Interner {
    private static final int LONGEST_LITERAL = 16;

    /// An operator applied to values, which are told apart by number.
    private record Application(Op op, List<Integer> operands) {}

    /// A constant told apart by its elements: bits of doubles for floats.
    private record Literal(DType dtype, Shape shape, List<Long> elements) {}

    private final Map<Application, List<Value>> results = new HashMap<>();
    private final Map<Value, Integer> numbers = new IdentityHashMap<>();
    private final Map<Literal, Integer> literals = new HashMap<>();
    private int next;

    public Interner() {}

    /// The results of `op` applied to `operands`: those of the first time, when `make` was asked for them.
    public List<Value> intern(Op op, List<Value> operands, Supplier<List<Value>> make) {
        Application key =
                new Application(op, operands.stream().map(this::number).toList());
        List<Value> seen = results.get(key);
        if (seen == null) {
            seen = make.get();
            results.put(key, seen);
        }
        return seen;
    }

    private int number(Value v) {
        Integer seen = numbers.get(v);
        if (seen == null) {
            seen = v.definition() instanceof Value.Constant(Tensor t, boolean parameter) && !parameter && isShort(t)
                    ? literals.computeIfAbsent(literal(t), unseen -> next++)
                    : next++;
            numbers.put(v, seen);
        }
        return seen;
    }

    private static boolean isShort(Tensor t) {
        return !t.dtype().isHostOnly() && t.length() <= LONGEST_LITERAL;
    }

    private static Literal literal(Tensor t) {
        List<Long> elements = new ArrayList<>();
        for (int i = 0; i < t.length(); i++) {
            elements.add(t.dtype().isFloat() ? Double.doubleToRawLongBits(t.getDouble(i)) : t.getLong(i));
        }
        return new Literal(t.dtype(), t.shape(), elements);
    }
}
