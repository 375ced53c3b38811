package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Each element of x [N, C, spatial…] spreads w [C, O / group, taps…] over the result; plus bias b [O] if
/// there is one. The adjoint of a convolution in its input. ONNX ConvTranspose, opset 22.
///
/// @param outputPadding extents to add to the result at each spatial axis; default 0
/// @param outputShape the spatial extents of the result, from which the padding follows; empty where the
/// padding
///     decides
public record ConvTranspose(Sliding sliding, int group, List<Integer> outputPadding, List<Integer> outputShape)
        implements Convolutions {

    public ConvTranspose {
        outputPadding = List.copyOf(outputPadding);
        outputShape = List.copyOf(outputShape);
    }

    public ConvTranspose(Sliding sliding, int group) {
        this(sliding, group, List.of(), List.of());
    }

    @Override
    public List<DType> dtypes(Operands in) {
        Convolutions.requireOneType(in, 2, 3);
        return List.of(in.dtype(0));
    }

    @Override
    public List<Shape> shapes(Operands in) {
        Shape x = in.shape(0);
        Shape w = in.shape(1);
        int axes = x.rank() - 2;
        boolean lists = (outputPadding.isEmpty() || outputPadding.size() == axes)
                && (outputShape.isEmpty() || outputShape.size() == axes);
        if (axes < 1 || w.rank() != x.rank() || !lists) {
            throw new ShapeException("input [N, C, spatial…], weights [C, O/group, taps…] and attributes for " + axes
                    + " spatial axes are needed, not " + in.tensor(0) + " and " + in.tensor(1));
        }
        sliding.requireAxes(axes);
        Convolutions.requireChannels(
                in.tensor(0).toString(), x.dim(1), w.dim(0), in.tensor(1).toString());
        Dim outputs = w.dim(1).times(group);
        Convolutions.requireBias(in, in.size() == 3 ? 2 : -1, outputs);
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), outputs));
        for (int i = 0; i < axes; i++) {
            dims.add(extent(i, x.dim(2 + i), w.dim(2 + i)));
        }
        return List.of(Shape.of(dims));
    }

    private Dim extent(int axis, Dim in, Dim taps) {
        if (!outputShape.isEmpty()) {
            return Dim.of(outputShape.get(axis));
        }
        return switch (sliding.autoPad()) {
            case SAME_LOWER, SAME_UPPER -> in.times(sliding.stride(axis));
            case EXPLICIT, VALID -> {
                if (!taps.isFixed()) {
                    yield Dim.UNKNOWN;
                }
                int k = (int) taps.extent();
                long pads = (long) sliding.padLow(axis, 0, k) + sliding.padHigh(axis, 0, k);
                yield in.times(sliding.stride(axis)).plus(reach(axis, k) - sliding.stride(axis) - pads);
            }
        };
    }

    /// How many positions one element reaches, with the extra ones at the end.
    private long reach(int axis, int taps) {
        return (taps - 1L) * sliding.dilation(axis) + 1 + (outputPadding.isEmpty() ? 0 : outputPadding.get(axis));
    }

    private int padLow(int axis, int in, int taps, int out) {
        boolean same = switch (sliding.autoPad()) {
            case SAME_LOWER, SAME_UPPER -> true;
            case EXPLICIT, VALID -> !outputShape.isEmpty();
        };
        if (!same) {
            return sliding.padLow(axis, in, taps);
        }
        int total = (int) Math.max(0, (in - 1L) * sliding.stride(axis) + reach(axis, taps) - out);
        return sliding.autoPad() == Sliding.AutoPad.SAME_UPPER ? total / 2 : total - total / 2;
    }

    /// The relation with the result in the place of x.
    private Correlation correlation(int[] x, int[] w, int[] out) {
        int[] low = new int[x.length - 2];
        for (int i = 0; i < low.length; i++) {
            low[i] = padLow(i, x[2 + i], w[2 + i], out[2 + i]);
        }
        return Correlation.of(sliding, group, out, w, x, low);
    }

    @Override
    public Set<Integer> weightOperands() {
        return Set.of(1, 2);
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        Shape shape = shapes(Operands.ofValues(in)).getFirst();
        Correlation c = correlation(Convolutions.dims(in.get(0)), Convolutions.dims(in.get(1)), shape.intExtents());
        return List.of(Convolutions.biased(in, shape, c.inputs(in.get(0), in.get(1))));
    }

    @Override
    public void gradient(Adjoint a) {
        GraphBuilder g = a.graph();
        Value dy = a.cotangent(0).orElseThrow();
        if (a.wants(0)) {
            a.give(0, g.apply(new OfInput(this), dy, a.input(1), a.input(0)));
        }
        if (a.wants(1)) {
            a.give(1, g.apply(new OfWeights(this), dy, a.input(0), a.input(1)));
        }
        Convolutions.biasGradient(a);
    }

    @Override
    public void lower(Lowering l) {
        correlation(l.input(0).dims(), l.input(1).dims(), l.output(0).dims())
                .emitInputs(l, l.input(0), l.input(1), l.inputs() == 3 ? l.input(2) : null, l.output(0));
    }

    static Stream<Example> examples() {
        Sliding.AutoPad explicit = Sliding.AutoPad.EXPLICIT;
        Sliding strided = new Sliding(explicit, List.of(1, 0, 0, 2), List.of(2, 3), List.of(1, 2));
        Sliding same = new Sliding(Sliding.AutoPad.SAME_UPPER, List.of(), List.of(2), List.of());
        return Stream.of(
                Example.of(
                        new ConvTranspose(Sliding.PLAIN, 1),
                        Example.f32(1, 2, 3, 3),
                        Example.f32(2, 3, 2, 3),
                        Example.f32(3)),
                Example.of(
                        new ConvTranspose(strided, 2, List.of(1, 0), List.of()),
                        Example.f32(2, 4, 3, 2),
                        Example.f32(4, 2, 3, 3)),
                Example.of(new ConvTranspose(same, 1), Example.f32(1, 1, 4), Example.f32(1, 2, 3)),
                Example.of(
                        new ConvTranspose(same, 1, List.of(), List.of(9)), Example.f32(1, 1, 4), Example.f32(1, 1, 3)));
    }

    /// The gradient of [ConvTranspose]'s input, a convolution: operands are the cotangent, the weights, and
    /// the input, whose value is not read.
    public record OfInput(ConvTranspose conv) implements Convolutions {
        @Override
        public String name() {
            return "ConvTransposeInputGradient";
        }

        @Override
        public Set<Integer> likeOperands() {
            return Set.of(2);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(3, 3);
            return List.of(in.shape(2));
        }

        private Correlation correlation(int[] dy, int[] w, int[] x) {
            return conv.correlation(x, w, dy);
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Correlation c = correlation(
                    Convolutions.dims(in.get(0)), Convolutions.dims(in.get(1)), Convolutions.dims(in.get(2)));
            return List.of(Tensors.of(in.get(0).dtype(), in.get(2).shape(), c.outputs(in.get(0), in.get(1))));
        }

        @Override
        public void gradient(Adjoint a) {
            GraphBuilder g = a.graph();
            Value d = a.cotangent(0).orElseThrow();
            if (a.wants(0)) {
                a.give(0, g.apply(conv, d, a.input(1)));
            }
            if (a.wants(1)) {
                a.give(1, g.apply(new OfWeights(conv), a.input(0), d, a.input(1)));
            }
        }

        @Override
        public void lower(Lowering l) {
            correlation(l.input(0).dims(), l.input(1).dims(), l.input(2).dims())
                    .emitOutputs(l, l.input(0), l.input(1), null, l.output(0));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new OfInput(new ConvTranspose(Sliding.of(List.of(1), List.of(2)), 1)),
                    Example.f32(1, 2, 5),
                    Example.f32(3, 2, 3),
                    Example.f32(1, 3, 3).notDifferentiable()));
        }
    }

    /// The gradient of [ConvTranspose]'s weights: operands are the cotangent, the input, and the weights,
    /// whose value is not read.
    public record OfWeights(ConvTranspose conv) implements Convolutions {
        @Override
        public String name() {
            return "ConvTransposeWeightGradient";
        }

        @Override
        public Set<Integer> likeOperands() {
            return Set.of(2);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(3, 3);
            return List.of(in.shape(2));
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Correlation c = conv.correlation(
                    Convolutions.dims(in.get(1)), Convolutions.dims(in.get(2)), Convolutions.dims(in.get(0)));
            return List.of(Tensors.of(in.get(0).dtype(), in.get(2).shape(), c.weights(in.get(0), in.get(1))));
        }

        @Override
        public void gradient(Adjoint a) {
            GraphBuilder g = a.graph();
            Value d = a.cotangent(0).orElseThrow();
            if (a.wants(0)) {
                a.give(0, g.apply(conv, a.input(1), d));
            }
            if (a.wants(1)) {
                a.give(1, g.apply(new OfInput(conv), a.input(0), d, a.input(1)));
            }
        }

        @Override
        public void lower(Lowering l) {
            conv.correlation(l.input(1).dims(), l.input(2).dims(), l.input(0).dims())
                    .emitWeights(l, l.input(0), l.input(1), l.output(0));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new OfWeights(new ConvTranspose(Sliding.of(List.of(1), List.of(2)), 1)),
                    Example.f32(1, 2, 5),
                    Example.f32(1, 3, 3),
                    Example.f32(3, 2, 3).notDifferentiable()));
        }
    }
}
