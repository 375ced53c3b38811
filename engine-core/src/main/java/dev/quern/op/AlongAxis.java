package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Operand 0, one number or a vector with one for each index of `axis` of operand 1, shaped to broadcast over operand
/// 1, whose rank need not be known before it runs: the scales of ONNX QuantizeLinear and DequantizeLinear, opset 13.
public record AlongAxis(int axis) implements CompositeOp {

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value v = in.get(0);
        int rank = in.get(1).rank();
        if (v.rank() == 0 || v.shape().dim(0).is(1)) {
            return List.of(v);
        }
        long[] behind = LongStream.range(1, rank - Shape.axis(axis, rank)).toArray();
        return List.of(behind.length == 0 ? v : new Formula(g).unsqueeze(v, behind));
    }

    static Stream<Example> examples() {
        Example.Operand like = Example.f32(2, 3, 4).notDifferentiable();
        return Stream.of(
                Example.of(new AlongAxis(-2), Example.f32(3), like),
                Example.of(new AlongAxis(2), Example.operand(DType.I8, 4), like),
                Example.of(new AlongAxis(1), Example.f32(), like));
    }
}
