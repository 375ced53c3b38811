package dev.quern.onnx;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What ONNX has no operator for: mostly adjoints, which gradients are made of.
final class SpellingTable {
    private static final Map<Class<?>, Words<?>> ALWAYS = byClass(List.of(
            MovementWords.all(), ConvolutionWords.all(), PoolWords.all(), NumberWords.all(), CouplingWords.all()));
    private static final Map<Class<?>, Words<?>> OTHERWISE =
            byClass(List.of(OlderElementWords.all(), OlderMovementWords.all()));

    private SpellingTable() {}

    /// The results of `op` by other operators, added to `g`; nothing where the [OperatorTable], or the
    /// operator's own definition, says how.
    static Optional<List<Value>> spell(Op op, GraphBuilder g, List<Value> in) {
        return say(ALWAYS, op, g, in);
    }

    /// The same for operators that the opset has no form for; nothing where only the operator's own definition
    /// says how.
    static Optional<List<Value>> otherwise(Op op, GraphBuilder g, List<Value> in) {
        return say(OTHERWISE, op, g, in);
    }

    private static Optional<List<Value>> say(Map<Class<?>, Words<?>> table, Op op, GraphBuilder g, List<Value> in) {
        Words<?> words = table.get(op.getClass());
        return words == null ? Optional.empty() : words.say(op, g, in);
    }

    private static Map<Class<?>, Words<?>> byClass(List<List<Words<?>>> families) {
        return families.stream().flatMap(List::stream).collect(Collectors.toMap(Words::type, Function.identity()));
    }
}
