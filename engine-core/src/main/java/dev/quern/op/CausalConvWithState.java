package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Each channel convolved with taps of its own, over positions up to the present one. ONNX CausalConvWithState, opset
/// 27.
///
/// Operands: x `[B,C,L]`, w `[C,1,k]`, then bias `[C]` and the k − 1 positions before x, `[B,C,k-1]` (zeros without
/// them), where those are given. Results: y `[B,C,L]` and the last k − 1 positions, for the next call.
public record CausalConvWithState(boolean silu, boolean withBias, boolean withPast) implements CompositeOp {

    @Override
    public Set<Integer> weightOperands() {
        return withBias ? Set.of(1, 2) : Set.of(1);
    }

    @Override
    public List<Type> infer(Operands in) {
        int operands = 2 + (withBias ? 1 : 0) + (withPast ? 1 : 0);
        in.requireSize(operands, operands);
        DType type = in.dtype(0);
        Shape x = in.shape(0);
        Shape w = in.shape(1);
        if (!x.isRanked() || !w.isRanked()) {
            return List.of(Type.tensor(type, Shape.UNRANKED), Type.tensor(type, Shape.UNRANKED));
        }
        if (x.rank() != 3 || w.rank() != 3 || (w.dim(1).isFixed() && !w.dim(1).is(1))) {
            throw new ShapeException(
                    "x [B,C,L] and weights [C,1,k] are needed, not " + in.tensor(0) + " and " + in.tensor(1));
        }
        Dim before = w.dim(2).plus(-1);
        return List.of(Type.tensor(type, x), Type.tensor(type, Shape.of(x.dim(0), x.dim(1), before)));
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Formula f = new Formula(g);
        Value w = in.get(1);
        if (!w.shape().dim(0).isFixed() || !w.shape().dim(2).isFixed()) {
            throw new ShapeException("the weights must have fixed dims, not " + w.type());
        }
        int channels = (int) w.shape().dim(0).extent();
        long before = w.shape().dim(2).extent() - 1;
        Value whole =
                withPast ? f.concat(2, in.getLast(), in.get(0)) : f.pad(in.get(0), 2, g.longs(before), g.longs(0), 0);
        List<Value> operands = withBias ? List.of(whole, w, in.get(2)) : List.of(whole, w);
        Value y = g.apply(new Convolutions.Conv(Sliding.PLAIN, channels), operands)
                .getFirst();
        long first = before == 0 ? Long.MAX_VALUE : -before;
        return List.of(silu ? g.apply(Activations.SILU, y) : y, f.slice(whole, 2, first, Long.MAX_VALUE));
    }

    static Stream<Example> examples() {
        return Stream.of(
                Example.of(new CausalConvWithState(false, false, false), Example.f32(2, 3, 2), Example.f32(3, 1, 4)),
                Example.of(new CausalConvWithState(true, false, false), Example.f32(2, 3, 5), Example.f32(3, 1, 1)),
                Example.of(
                        new CausalConvWithState(true, true, true),
                        Example.f32(2, 3, 1),
                        Example.f32(3, 1, 4),
                        Example.f32(3),
                        Example.f32(2, 3, 3)));
    }
}
