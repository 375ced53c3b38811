package dev.quern.rewrite;

import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Pools;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.op.Quantization.QuantizeLinear;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A max pool of integers that floats have just become and that become floats again behind it works on those floats:
/// rounding to integers and back then ends what computes them, and there is no pass between. Exact: a positive scale
/// keeps the order, so the greatest integer is the one of the greatest number.
final class DequantizedPools implements Rewriting {

    @Override
    public String name() {
        return "pool between conversions";
    }

    @Override
    public Optional<Value> apply(Op op, List<Value> operands, Emitter emitter) {
        if (!(op instanceof DequantizeLinear) || operands.size() < 2 || !isPositive(operands.get(1), emitter)) {
            return Optional.empty();
        }
        Optional<Node> pool = operands.getFirst().producer();
        boolean quantised = pool.filter(n -> n.op() instanceof Pools.MaxPool p && !p.withIndices() && p.meetsElements())
                .flatMap(n -> n.input(0).producer())
                .filter(n -> n.op() instanceof QuantizeLinear)
                .isPresent();
        if (!quantised) {
            return Optional.empty();
        }
        List<Value> numbers = new ArrayList<>(operands);
        numbers.set(0, pool.get().input(0));
        return Optional.of(emitter.emit(pool.get().op(), List.of(emitter.emit(op, numbers))));
    }

    /// Whether the scale is one number for all elements, above 0.
    private static boolean isPositive(Value scale, Emitter emitter) {
        Optional<Tensor> known = emitter.known(scale).filter(t -> t.length() == 1 && t.rank() <= 1);
        return known.isPresent() && known.get().getDouble(0) > 0;
    }
}
