package dev.quern.rewrite;

import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.Pools;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.op.Quantization.QuantizeLinear;
import dev.quern.op.Shaping;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What only moves integers, or takes their greatest, where floats have just become these integers and they become
/// floats again behind it, works on those floats: rounding to integers and back then ends what computes them, there
/// is no pass between, and what lies between is that of a model in floats, attention for instance. Exact: all elements
/// have one scale, which keeps the order, being positive, so the greatest integer is the one of the greatest number.
final class DequantizedMoves implements Rewriting {

    @Override
    public String name() {
        return "moves between conversions";
    }

    @Override
    public Optional<Value> apply(Op op, List<Value> operands, Emitter emitter) {
        if (!(op instanceof DequantizeLinear)
                || !operands.stream().skip(1).allMatch(v -> isOneNumber(v, emitter))
                || !(emitter.known(operands.get(1)).orElseThrow().getDouble(0) > 0)) {
            return Optional.empty();
        }
        return move(operands.getFirst())
                .filter(n -> isRounded(n.input(0)))
                .map(n -> moved(n, op, operands.subList(1, operands.size()), emitter));
    }

    /// What `move` does, and the moves before it, of floats that `op` makes of the first integers.
    private static Value moved(Node move, Op op, List<Value> numbers, Emitter emitter) {
        Value integers = move.input(0);
        List<Value> in = new ArrayList<>(move.inputs());
        in.set(0, move(integers).map(n -> moved(n, op, numbers, emitter)).orElseGet(() -> {
            List<Value> rounded = new ArrayList<>(numbers);
            rounded.addFirst(integers);
            return emitter.emit(op, rounded);
        }));
        return emitter.emit(move.op(), in);
    }

    /// Whether a scale or a zero point is known and the same for all elements.
    private static boolean isOneNumber(Value v, Emitter emitter) {
        return emitter.known(v).filter(t -> t.length() == 1 && t.rank() <= 1).isPresent();
    }

    /// What `integers` come out of, if it does nothing but move them or take their greatest.
    private static Optional<Node> move(Value integers) {
        return integers.producer().filter(n -> switch (n.op()) {
            case Shaping ignored -> true;
            case Arranging ignored -> true;
            case Pools.MaxPool pool -> !pool.withIndices() && pool.meetsElements();
            default -> false;
        });
    }

    /// Whether integers are those that floats became, moved or not.
    private static boolean isRounded(Value integers) {
        return integers.producer().filter(n -> n.op() instanceof QuantizeLinear).isPresent()
                || move(integers).filter(n -> isRounded(n.input(0))).isPresent();
    }
}
