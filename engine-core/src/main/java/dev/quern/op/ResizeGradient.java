package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.kernel.View;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The adjoint of [Resize]: products with the transposed matrices. Operands: the cotangent; the operand of Resize,
/// whose value is not read; then those of Resize from 1 on.
public record ResizeGradient(Resize resize) implements Resizing {
    @Override
    public Set<Integer> likeOperands() {
        return Set.of(1);
    }

    @Override
    public Set<Integer> shapeOperands() {
        return Set.of(2, 3);
    }

    @Override
    public List<Shape> shapes(Operands in) {
        in.requireSize(3, 4);
        return List.of(in.shape(1));
    }

    /// The same way, but for what a Resize puts outside of its operand.
    @Override
    public void gradient(Adjoint a) {
        Interpolation zeros = resize.how().extrapolating(0);
        List<Value> in = new ArrayList<>(List.of(a.cotangent(0).orElseThrow()));
        for (int i = 2; i < a.inputs(); i++) {
            in.add(a.input(i));
        }
        Resize again = new Resize(zeros, resize.axes(), resize.aspect());
        a.give(0, a.graph().apply(again, in).getFirst());
    }

    private List<AxisProduct> products(Operands in) {
        List<AxisProduct> products = new ArrayList<>();
        for (Resize.Step s : resize.steps(in.shape(1), in, 2)) {
            double[][] weights = resize.how().weights(s.axis());
            for (int i = 0; i < weights.length; i++) {
                if (resize.how().isOutside(s.axis(), i)) {
                    weights[i] = new double[s.axis().in()];
                }
            }
            products.add(AxisProduct.transposed(s.at(), weights, s.axis().in()));
        }
        return products;
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        double[] values = in.get(0).toDoubles();
        int[] dims = in.get(0).shape().intExtents();
        for (AxisProduct p : products(Operands.ofValues(in))) {
            values = p.apply(values, dims);
        }
        return List.of(Tensors.of(in.get(0).dtype(), in.get(1).shape(), values));
    }

    @Override
    public void lower(Lowering l) {
        BoundOperands known = new BoundOperands(l);
        List<AxisProduct> products = products(known);
        if (products.isEmpty()) {
            l.alias(0, l.input(0));
            return;
        }
        View now = l.contiguous(0);
        List<Resize.Step> steps = resize.steps(known.shape(1), known, 2);
        for (int i = 0; i < steps.size(); i++) {
            int[] dims = now.dims();
            dims[steps.get(i).at()] = steps.get(i).axis().in();
            View to = i == steps.size() - 1 ? l.output(0) : l.temporary(now.dtype(), dims);
            products.get(i).emit(l, now, to);
            now = to;
        }
    }

    static Stream<Example> examples() {
        Interpolation linear = Interpolation.of(Interpolation.Method.LINEAR, Interpolation.Coordinates.ALIGN_CORNERS);
        return Stream.of(Example.of(
                new ResizeGradient(new Resize(linear, List.of(1), Resize.Aspect.STRETCH)),
                Example.f32(2, 7),
                Example.f32(2, 4).notDifferentiable(),
                Example.longs(7)));
    }
}
