package dev.quern.rewrite;

import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Arithmetic;
import dev.quern.op.Quantization.QuantizeLinear;
import dev.quern.op.Quantization.Requantize;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// A product or convolution between DequantizeLinear and QuantizeLinear, with a Relu behind it or not, is one of the
/// integers whose sums are scaled once, by channel: what QLinearConv and QLinearMatMul do. Off the standard's sum of
/// floats by its roundings, which now and then is the next integer.
final class RequantizedProducts implements Rewriting {

    @Override
    public String name() {
        return "integer product, requantised";
    }

    @Override
    public Optional<Value> apply(Op op, List<Value> operands, Emitter emitter) {
        if (!(op instanceof QuantizeLinear(DType precision, boolean ignored)) || precision != DType.F32) {
            return Optional.empty();
        }
        Optional<Tensor> scale = emitter.known(operands.get(1)).filter(t -> t.length() == 1 && t.dtype() == DType.F32);
        Value zero = operands.get(2);
        boolean isSmall = zero.dtype() == DType.I8 || zero.dtype() == DType.U8;
        Optional<Node> last = operands.getFirst().producer();
        if (scale.isEmpty() || !isSmall || zero.rank() > 1 || last.isEmpty()) {
            return Optional.empty();
        }
        boolean isRectified = last.get().op().equals(Activations.RELU);
        return (isRectified ? last.get().input(0).producer() : last)
                .flatMap(n -> IntegerSums.of(n.op(), n.inputs(), emitter))
                .map(s -> {
                    Value factor = emitter.literal(over(s.units(), scale.get().getFloat(0)));
                    Value q = emitter.emit(new Requantize(), List.of(s.sums(), factor, zero));
                    return isRectified ? emitter.emit(Arithmetic.MAX, List.of(q, zero)) : q;
                });
    }

    private static Tensor over(Tensor units, float scale) {
        float[] factors = units.toFloats();
        for (int i = 0; i < factors.length; i++) {
            factors[i] /= scale;
        }
        return Tensor.wrap(DType.F32, factors, units.shape());
    }
}
