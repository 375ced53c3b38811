package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Operand 0, f32, as `u8` with scale and zero point chosen so that its range and 0 fit; where all is 0, the scale is
/// 1. Results: the integers, the scale, the zero point. ONNX DynamicQuantizeLinear, opset 11.
public record DynamicQuantizeLinear() implements CompositeOp {
    @Override
    public List<DType> dtypes(Operands in) {
        in.requireSize(1, 1);
        in.require(0, DType.F32);
        return List.of(DType.U8, DType.F32, DType.U8);
    }

    @Override
    public boolean isDifferentiable() {
        return false;
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value x = in.getFirst();
        Value high = g.apply(new Reduce(Reduce.Kind.MAX, false), x);
        if (NonNegative.holds(x, g)) {
            // a NaN is the greatest, too, and its zero point 0
            Value scale =
                    ExprOp.apply(g, "QuantizationScale", a -> scale(a.get(0).like(0), a.get(0)), high);
            return quantized(g, x, scale, g.constant(Tensor.zeros(DType.U8)));
        }
        Value low = g.apply(new Reduce(Reduce.Kind.MIN, false), x);
        Value scale = ExprOp.apply(g, "QuantizationScale", a -> scale(a.get(0), a.get(1)), low, high);
        Value zero = ExprOp.apply(g, "QuantizationZeroPoint", a -> zeroPoint(a.get(0), a.get(1)), low, scale);
        return quantized(g, x, scale, zero);
    }

    private static List<Value> quantized(GraphBuilder g, Value x, Value scale, Value zero) {
        return List.of(g.apply(new Quantization.QuantizeLinear(DType.F32, true), x, scale, zero), scale, zero);
    }

    private static Expr scale(Expr low, Expr high) {
        Expr range = high.max(0).minus(low.min(0));
        return Expr.select(range.eq(range.like(0)), range.like(1), range.dividedBy(255));
    }

    private static Expr zeroPoint(Expr low, Expr scale) {
        Expr zero = low.min(0).negate().dividedBy(scale);
        return zero.max(0).min(255).apply(UnaryFn.ROUND).castTo(DType.U8);
    }

    static Stream<Example> examples() {
        return Stream.of(
                Example.of(new DynamicQuantizeLinear(), Example.f32(3, 4).notDifferentiable()),
                Example.of(new DynamicQuantizeLinear(), Example.f32(5).in(1, 2).notDifferentiable()),
                Example.of(new DynamicQuantizeLinear(), Example.f32(2).in(0, 0).notDifferentiable()));
    }
}
