package dev.quern.op;

import dev.quern.expr.Derivative;
import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// A function of one operand and, as a second result, its derivative there, in one pass: so the gradient is a product
/// which the end of a matrix product can take, and the operand need not be kept.
///
/// @param of a function of floats whose derivative costs more than to read it
public record WithSlope(ElementwiseOp of) implements PrimitiveOp {

    private ElementwiseOp slope(DType type) {
        return new ExprOp(of.name() + "Slope", 1, Derivative.of(of.over(List.of(type)), 0));
    }

    /// The function and its derivative, over an argument of type `dtype`.
    public List<Expr> exprs(DType dtype) {
        List<DType> type = List.of(dtype);
        return List.of(of.over(type), slope(dtype).over(type));
    }

    @Override
    public String name() {
        return of.name() + "WithSlope";
    }

    @Override
    public List<DType> dtypes(Operands in) {
        DType type = of.dtypes(in).getFirst();
        return List.of(type, type);
    }

    @Override
    public List<Shape> shapes(Operands in) {
        Shape shape = of.shapes(in).getFirst();
        return List.of(shape, shape);
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        return List.of(
                of.evaluate(in).getFirst(),
                slope(in.getFirst().dtype()).evaluate(in).getFirst());
    }

    /// dy · slope; through the slope itself, for second derivatives, its derivative at the operand.
    @Override
    public void gradient(Adjoint a) {
        GraphBuilder g = a.graph();
        a.cotangent(0).ifPresent(dy -> a.give(0, g.apply(Arithmetic.MUL, dy, a.output(1))));
        if (a.cotangent(1).isPresent()) {
            Value x = a.input(0);
            Expr curvature = Derivative.of(slope(x.dtype()).over(List.of(x.dtype())), 0);
            Value there = g.apply(new ExprOp(of.name() + "Curvature", 1, curvature), x);
            a.give(0, g.apply(Arithmetic.MUL, a.cotangent(1).get(), there));
        }
    }

    @Override
    public void lower(Lowering l) {
        View x = l.input(0);
        l.emit(new Kernel.Map(List.of(x), exprs(x.dtype()), List.of(l.output(0), l.output(1))));
    }

    static Stream<Example> examples() {
        return Stream.of(
                Example.of(
                        new WithSlope(new Activations.Gelu(false)),
                        Example.f32(3, 7).in(-5, 5)),
                Example.of(new WithSlope(new Activations.Swish(1.702f)), Example.operand(DType.F16, 17)));
    }
}
