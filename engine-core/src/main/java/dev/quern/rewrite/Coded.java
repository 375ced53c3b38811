package dev.quern.rewrite;

import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Quantization.DequantizeLinear;
import dev.quern.rewrite.Rewriting.Emitter;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Optional;

/// 8-bit integers with constant zero points and scales, each for all of them or for each index of one axis.
record Coded(Value integers, Tensor scale, Tensor zero) {

    /// What `x` was made of.
    ///
    /// @param axis where scales may differ, or −1
    static Optional<Coded> of(Value x, int axis, Emitter emitter) {
        Optional<Node> made = x.producer().filter(n -> n.op().equals(new DequantizeLinear(DType.F32)));
        if (made.isEmpty()) {
            return Optional.empty();
        }
        Value q = made.get().input(0);
        Optional<Tensor> scale = emitter.known(made.get().input(1)).filter(t -> lies(t, q, axis));
        Optional<Tensor> zero = emitter.known(made.get().input(2)).filter(t -> lies(t, q, axis));
        boolean isSmall = q.dtype() == DType.I8 || q.dtype() == DType.U8;
        return isSmall
                        && q.shape().equals(x.shape())
                        && scale.isPresent()
                        && zero.isPresent()
                        && scale.get().dtype() == DType.F32
                ? Optional.of(new Coded(q, scale.get(), zero.get()))
                : Optional.empty();
    }

    private static boolean lies(Tensor t, Value q, int axis) {
        if (t.length() == 1 && t.rank() <= q.rank()) {
            return true;
        }
        int own = axis - (q.rank() - t.rank());
        return axis >= 0
                && own >= 0
                && q.shape().dim(axis).is(t.length())
                && t.shape().dim(own).is(t.length());
    }

    /// The zero point as one number or a vector.
    Value zeros(Emitter emitter) {
        return emitter.literal(zero.length() == 1 ? zero.reshape() : zero.reshape(zero.length()));
    }
}
