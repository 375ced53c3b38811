package dev.quern.onnx;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What ONNX has no operator for: mostly adjoints, which gradients are made of.
final class SpellingTable {
    private static final Map<Class<?>, Words<?>> BY_CLASS = Stream.of(
                    MovementWords.all(),
                    ConvolutionWords.all(),
                    PoolWords.all(),
                    NumberWords.all(),
                    CouplingWords.all())
            .flatMap(List::stream)
            .collect(Collectors.toMap(Words::type, Function.identity()));

    private SpellingTable() {}

    /// The results of `op` by other operators, added to `g`; nothing where the [OperatorTable], or the
    /// operator's own definition, says how.
    static Optional<List<Value>> spell(Op op, GraphBuilder g, List<Value> in) {
        Words<?> words = BY_CLASS.get(op.getClass());
        return words == null ? Optional.empty() : words.say(op, g, in);
    }
}
