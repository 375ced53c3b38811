package dev.quern.train;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting.Cast;
import dev.quern.op.DynamicQuantizeLinear;
import dev.quern.op.IntegerProducts.MatMulInteger;
import dev.quern.op.Products.MatMul;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.op.StraightThrough;
import dev.quern.tensor.DType;
import java.util.Map;
import java.util.Optional;

/// A product of integers that stands for one of floats, as ONNX Runtime's dynamic quantisation writes it: what a
/// DynamicQuantizeLinear makes of x, times weights of a few bits, the sums as floats times both scales.
///
/// @param rounding the DynamicQuantizeLinear
/// @param product the MatMulInteger
/// @param scale of the weights
record RoundedProduct(Node rounding, Node product, Value scale) {

    /// The product whose sums `n` brings back, if it does.
    static Optional<RoundedProduct> by(Node n) {
        if (!n.op().equals(Arithmetic.MUL)) {
            return Optional.empty();
        }
        return of(n.input(0), n.input(1)).or(() -> of(n.input(1), n.input(0)));
    }

    private static Optional<RoundedProduct> of(Value sums, Value scales) {
        Optional<Node> product = sums.producer()
                .filter(cast -> cast.op() instanceof Cast && sums.dtype() == DType.F32)
                .flatMap(cast -> cast.input(0).producer())
                .filter(p -> p.op() instanceof MatMulInteger && p.inputs().size() == 4);
        Optional<Node> rounding = product.flatMap(p -> p.input(0)
                .producer()
                .filter(q -> q.op() instanceof DynamicQuantizeLinear && q.output(2) == p.input(2)));
        Optional<Node> both = scales.producer().filter(s -> s.op().equals(Arithmetic.MUL));
        return rounding.flatMap(q -> both.flatMap(s -> other(s, q.output(1))))
                .map(scale -> new RoundedProduct(rounding.orElseThrow(), product.orElseThrow(), scale));
    }

    /// What `n` multiplies with `v`.
    private static Optional<Value> other(Node n, Value v) {
        return n.input(0) == v ? Optional.of(n.input(1)) : n.input(1) == v ? Optional.of(n.input(0)) : Optional.empty();
    }

    /// The product of what the integers stand for, through which gradients reach x.
    Value straightThrough(GraphBuilder g, Map<Value, Value> to) {
        Value bits = of(rounding.output(0), to);
        Value step = of(rounding.output(1), to);
        Value zero = of(rounding.output(2), to);
        Value back = g.apply(new DequantizeLinear(DType.F32), bits, step, zero);
        Value x = g.apply(new StraightThrough(bits.dtype()), back, of(rounding.input(0), to), step, zero);
        Value weights = g.apply(
                new DequantizeLinear(DType.F32), of(product.input(1), to), of(scale, to), of(product.input(3), to));
        return g.apply(new MatMul(), x, weights);
    }

    private static Value of(Value v, Map<Value, Value> to) {
        return to.getOrDefault(v, v);
    }
}
