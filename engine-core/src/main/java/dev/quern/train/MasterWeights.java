package dev.quern.train;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Casting;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;

/// Parameters of 16 bits learn in 32: steps move an f32 master, which is rounded wherever the model uses it, and when
/// the training is over (Micikevicius et al., "Mixed Precision Training", 2018). A parameter of 11 significant bits
/// would not feel a step smaller than a thousandth of it, and the squares of small gradients would be 0.
final class MasterWeights {
    private MasterWeights() {}

    /// The type in which a parameter learns.
    static TensorType type(Value parameter) {
        return Type.tensor(isNarrow(parameter) ? DType.F32 : parameter.dtype(), parameter.shape());
    }

    /// What a parameter is before the first step.
    static Tensor initial(Value parameter) {
        return parameter.constant().orElseThrow().as(type(parameter).dtype());
    }

    /// A master as the model takes it.
    static Value used(GraphBuilder g, Value master, Value parameter) {
        return master.dtype() == parameter.dtype() ? master : g.apply(new Casting.Cast(parameter.dtype()), master);
    }

    /// `v` in 32 bits, if it has fewer.
    static Value inFull(GraphBuilder g, Value v) {
        return isNarrow(v) ? g.apply(new Casting.Cast(DType.F32), v) : v;
    }

    private static boolean isNarrow(Value v) {
        return v.dtype().isFloat() && v.dtype().bits() < DType.F32.bits();
    }
}
