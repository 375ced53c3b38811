package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Example;
import dev.quern.graph.Operands;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// A window function of n points, n being operand 0 (a scalar): a₀ − a₁·cos(2πi/m) + a₂·cos(4πi/m), with m = n
/// where `periodic`, else n − 1; nothing where n is negative. As in the standard's function, the one point of a window
/// that is not periodic is 0 / 0. ONNX HannWindow, HammingWindow and BlackmanWindow, opset 17.
public record Windows(Form form, boolean periodic, DType dtype) implements MapOp {

    public enum Form {
        HANN("HannWindow", 0.5, 0.5, 0),
        HAMMING("HammingWindow", 25.0 / 46, 21.0 / 46, 0),
        BLACKMAN("BlackmanWindow", 0.42, 0.5, 0.08);

        private final String operator;
        private final double constant;
        private final double first;
        private final double second;

        Form(String operator, double constant, double first, double second) {
            this.operator = operator;
            this.constant = constant;
            this.first = first;
            this.second = second;
        }
    }

    @Override
    public String name() {
        return form.operator;
    }

    @Override
    public Set<Integer> shapeOperands() {
        return Set.of(0);
    }

    @Override
    public boolean isDifferentiable() {
        return false;
    }

    @Override
    public List<DType> dtypes(Operands in) {
        in.requireSize(1, 1);
        return List.of(dtype);
    }

    @Override
    public List<Shape> shapes(Operands in) {
        return List.of(Shape.of(
                in.value(0).map(t -> Dim.of(Math.max(0, t.getLong(0)))).orElse(Dim.UNKNOWN)));
    }

    @Override
    public Loop loop(List<View> in, DType type, int... dims) {
        DType compute = type.isFloat() ? type.computeType() : DType.F64;
        double period = periodic ? dims[0] : dims[0] - 1;
        Expr angle = Expr.index(0).castTo(compute).times(2 * Math.PI / period);
        Expr waves = angle.apply(UnaryFn.COS).times(-form.first);
        if (form.second != 0) {
            waves = waves.plus(angle.times(2).apply(UnaryFn.COS).times(form.second));
        }
        // in this order the middle is exactly 1, which an integer keeps
        return Loop.of(waves.plus(form.constant).castTo(type));
    }

    static Stream<Example> examples() {
        Example.Operand size = Example.fixed(Tensor.scalar(DType.I64, 10)).asConstant();
        return Stream.of(Form.values())
                .flatMap(form -> Stream.of(
                        Example.of(new Windows(form, true, DType.F32), size),
                        Example.of(new Windows(form, false, DType.F64), size)));
    }
}
