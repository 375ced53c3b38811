package dev.quern.onnx;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Shaping;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// Scales and zero points of quantised tensors: ours broadcast, those of ONNX are numbers or vectors along
/// one axis.
final class QuantizationSpelling {
    private QuantizationSpelling() {}

    /// Whether scale and zero point can be said as ONNX has them.
    static boolean isPerAxis(List<Value> in) {
        Shape scale = in.get(1).shape();
        boolean sameShape = scale.equals(in.get(2).shape());
        return in.get(0).shape().isRanked()
                && scale.isRanked()
                && in.get(2).shape().isRanked()
                && scale.rank() <= in.get(0).rank()
                && (isNumber(scale) && isNumber(in.get(2).shape())
                        || sameShape && isLine(scale) && isVector(in.get(1)) && isVector(in.get(2)));
    }

    private static boolean isNumber(Shape s) {
        return s.dims().stream().allMatch(d -> d.is(1)) && s.rank() <= 1;
    }

    private static boolean isLine(Shape s) {
        return s.dims().stream().filter(d -> !d.is(1)).count() == 1
                && s.dims().stream().allMatch(Dim::isFixed);
    }

    private static boolean isVector(Value v) {
        return v.rank() == 1 || v.constant().isPresent() || unsqueezed(v).isPresent();
    }

    private static Optional<Value> unsqueezed(Value v) {
        return v.producer()
                .filter(n -> n.op() instanceof Shaping.Unsqueeze)
                .map((Node n) -> n.input(0))
                .filter(x -> x.rank() == 1);
    }

    /// The numbers of `v` as a vector, or as they are.
    static Value vector(Value v) {
        if (v.rank() <= 1) {
            return v;
        }
        return unsqueezed(v)
                .or(() -> v.constant().map(t -> line(v, t.reshape(t.length()))))
                .orElseThrow(() -> new UnspellableException("it has scales along one axis only"));
    }

    private static Value line(Value v, Tensor numbers) {
        GraphBuilder g = new GraphBuilder("vector");
        return v.isParameter() ? g.parameter(v.name(), numbers) : g.constant(numbers);
    }

    /// The axis of `x` along which the numbers of `scale` lie, if it has several.
    static Optional<Integer> axis(Value x, Value scale) {
        Shape s = scale.shape();
        for (int i = 0; i < s.rank(); i++) {
            if (!s.dim(i).is(1)) {
                return Optional.of(x.rank() - s.rank() + i);
            }
        }
        return Optional.empty();
    }
}
