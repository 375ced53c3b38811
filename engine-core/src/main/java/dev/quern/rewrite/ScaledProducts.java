package dev.quern.rewrite;

import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting.Cast;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.Optional;

/// A product or convolution of two DequantizeLinear whose result stays a float is one of the integers, whose sums are
/// scaled once: within three roundings of the number that the graph stands for, closer than any sum of floats.
final class ScaledProducts implements Rewriting {

    @Override
    public String name() {
        return "integer product, scaled once";
    }

    @Override
    public Optional<Value> apply(Op op, List<Value> operands, Emitter emitter) {
        return IntegerSums.of(op, operands, emitter).map(s -> {
            Value floats = emitter.emit(new Cast(DType.F32), List.of(s.sums()));
            return emitter.emit(Arithmetic.MUL, List.of(floats, emitter.literal(s.units())));
        });
    }
}
