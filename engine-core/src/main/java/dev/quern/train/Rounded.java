package dev.quern.train;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.DynamicQuantizeLinear;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.op.Quantization.QuantizeLinear;
import dev.quern.op.StraightThrough;
import java.util.Map;
import java.util.Optional;

/// Numbers that a QuantizeLinear or a DynamicQuantizeLinear rounds to a few bits, and a DequantizeLinear of the same
/// scale and zero point brings back: what a model that was trained to be quantised has in front of its products.
///
/// @param x the numbers before
/// @param back the DequantizeLinear
record Rounded(Value x, Node back) {

    /// What `n` brings back, if it does.
    static Optional<Rounded> by(Node n) {
        if (!(n.op() instanceof DequantizeLinear)) {
            return Optional.empty();
        }
        return n.input(0)
                .producer()
                .filter(q -> switch (q.op()) {
                    case QuantizeLinear _ -> isSame(q.input(1), n.input(1)) && isSame(q.input(2), n.input(2));
                    case DynamicQuantizeLinear _ -> q.output(1) == n.input(1) && q.output(2) == n.input(2);
                    default -> false;
                })
                .map(q -> new Rounded(q.input(0), n));
    }

    private static boolean isSame(Value a, Value b) {
        return a == b
                || a.constant().isPresent()
                        && b.constant().isPresent()
                        && a.constant().get().sameAs(b.constant().get());
    }

    /// The result, through which gradients reach what was rounded.
    Value straightThrough(GraphBuilder g, Map<Value, Value> to) {
        StraightThrough op = new StraightThrough(back.input(0).dtype());
        return g.apply(op, of(back.output(0), to), of(x, to), of(back.input(1), to), of(back.input(2), to));
    }

    private static Value of(Value v, Map<Value, Value> to) {
        return to.getOrDefault(v, v);
    }
}
