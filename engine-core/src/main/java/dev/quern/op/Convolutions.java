package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Convolutions over any number of spatial axes, and their adjoints: all become a Convolve kernel.
public sealed interface Convolutions extends PrimitiveOp
        permits Convolutions.Conv,
                Convolutions.InputGradient,
                Convolutions.WeightGradient,
                ConvTranspose,
                ConvTranspose.OfInput,
                ConvTranspose.OfWeights,
                ConvInteger {

    /// x [N, C, spatial…] with w [O, C / group, taps…] and, if there is one, bias b [O]. ONNX Conv, opset 22.
    record Conv(Sliding sliding, int group) implements Convolutions {
        /// Unit steps, no padding, one group.
        public Conv() {
            this(Sliding.PLAIN, 1);
        }

        @Override
        public List<DType> dtypes(Operands in) {
            requireOneType(in, 2, 3);
            return List.of(in.dtype(0));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            return List.of(shape(in, sliding, group, in.size() == 3 ? 2 : -1));
        }

        static Shape shape(Operands in, Sliding sliding, int group, int bias) {
            Shape x = in.shape(0);
            Shape w = in.shape(1);
            if (x.rank() < 3 || w.rank() != x.rank()) {
                throw new ShapeException("input [N, C, spatial…] and weights [O, C/group, taps…] are needed, not "
                        + in.tensor(0) + " and " + in.tensor(1));
            }
            sliding.requireAxes(x.rank() - 2);
            requireChannels(
                    in.tensor(0).toString(),
                    x.dim(1),
                    w.dim(1).times(group),
                    in.tensor(1).toString());
            if (w.dim(0).isFixed() && w.dim(0).extent() % group != 0) {
                throw new ShapeException(
                        "outputs of " + in.tensor(1) + " must be a multiple of the " + group + " groups");
            }
            requireBias(in, bias, w.dim(0));
            List<Dim> dims = new ArrayList<>(List.of(x.dim(0), w.dim(0)));
            for (int i = 2; i < x.rank(); i++) {
                dims.add(sliding.outputs(i - 2, x.dim(i), w.dim(i), false));
            }
            return Shape.of(dims);
        }

        private Correlation correlation(int[] x, int[] w, int[] y) {
            return Correlation.of(sliding, group, x, w, y);
        }

        @Override
        public Set<Integer> weightOperands() {
            return Set.of(1, 2);
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Shape shape = shapes(Operands.ofValues(in)).getFirst();
            Correlation c = correlation(dims(in.get(0)), dims(in.get(1)), shape.intExtents());
            double[] sums = c.outputs(in.get(0), in.get(1));
            return List.of(biased(in, shape, sums));
        }

        @Override
        public void gradient(Adjoint a) {
            GraphBuilder g = a.graph();
            Value dy = wide(g, a.cotangent(0).orElseThrow());
            if (a.wants(0)) {
                a.give(0, as(g, a.input(0), g.apply(new InputGradient(this), dy, wide(g, a.input(1)), a.input(0))));
            }
            if (a.wants(1)) {
                a.give(1, as(g, a.input(1), g.apply(new WeightGradient(this), dy, wide(g, a.input(0)), a.input(1))));
            }
            biasGradient(a);
        }

        @Override
        public void lower(Lowering l) {
            correlation(l.input(0).dims(), l.input(1).dims(), l.output(0).dims())
                    .emitOutputs(l, l.input(0), l.input(1), l.inputs() == 3 ? l.input(2) : null, l.output(0));
        }

        static Stream<Example> examples() {
            Sliding.AutoPad explicit = Sliding.AutoPad.EXPLICIT;
            Sliding uneven = new Sliding(explicit, List.of(1, 0, 2, 1), List.of(2, 3), List.of(2, 1));
            Sliding same = new Sliding(Sliding.AutoPad.SAME_LOWER, List.of(), List.of(2, 2), List.of());
            return Stream.of(
                    Example.of(new Conv(), Example.f32(2, 3, 5, 5), Example.f32(4, 3, 3, 3), Example.f32(4)),
                    Example.of(new Conv(uneven, 1), Example.f32(1, 2, 7, 8), Example.f32(3, 2, 3, 2)),
                    Example.of(new Conv(uneven, 2), Example.f32(2, 4, 7, 8), Example.f32(6, 2, 2, 3), Example.f32(6)),
                    Example.of(
                            new Conv(Sliding.of(List.of(1), List.of()), 4), Example.f32(1, 4, 6), Example.f32(4, 1, 3)),
                    Example.of(new Conv(same, 1), Example.f32(1, 1, 5, 6), Example.f32(1, 1, 3, 2)),
                    Example.of(new Conv(), Example.f32(1, 2, 3, 4, 5), Example.f32(2, 2, 2, 2, 2)));
        }
    }

    /// The gradient of [Conv]'s input: operands are the cotangent, the weights, and the input, whose value is not
    /// read.
    record InputGradient(Conv conv) implements Convolutions {
        @Override
        public String name() {
            return "ConvInputGradient";
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
            Correlation c = conv.correlation(dims(in.get(2)), dims(in.get(1)), dims(in.get(0)));
            return List.of(Tensors.of(in.get(0).dtype(), in.get(2).shape(), c.inputs(in.get(0), in.get(1))));
        }

        @Override
        public void gradient(Adjoint a) {
            GraphBuilder g = a.graph();
            Value d = a.cotangent(0).orElseThrow();
            if (a.wants(0)) {
                a.give(0, g.apply(conv, d, a.input(1)));
            }
            if (a.wants(1)) {
                a.give(1, g.apply(new WeightGradient(conv), a.input(0), d, a.input(1)));
            }
        }

        @Override
        public void lower(Lowering l) {
            conv.correlation(l.input(2).dims(), l.input(1).dims(), l.input(0).dims())
                    .emitInputs(l, l.input(0), l.input(1), null, l.output(0));
        }

        static Stream<Example> examples() {
            Sliding strided = Sliding.of(List.of(1), List.of(2));
            return Stream.of(Example.of(
                    new InputGradient(new Conv(strided, 2)),
                    Example.f32(2, 4, 3),
                    Example.f32(4, 2, 3),
                    Example.f32(2, 4, 6).notDifferentiable()));
        }
    }

    /// The gradient of [Conv]'s weights: operands are the cotangent, the input, and the weights, whose value is not
    /// read.
    record WeightGradient(Conv conv) implements Convolutions {
        @Override
        public String name() {
            return "ConvWeightGradient";
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
            Correlation c = conv.correlation(dims(in.get(1)), dims(in.get(2)), dims(in.get(0)));
            return List.of(Tensors.of(in.get(0).dtype(), in.get(2).shape(), c.weights(in.get(1), in.get(0))));
        }

        @Override
        public void gradient(Adjoint a) {
            GraphBuilder g = a.graph();
            Value d = a.cotangent(0).orElseThrow();
            if (a.wants(0)) {
                a.give(0, g.apply(conv, a.input(1), d));
            }
            if (a.wants(1)) {
                a.give(1, g.apply(new InputGradient(conv), a.input(0), d, a.input(1)));
            }
        }

        @Override
        public void lower(Lowering l) {
            conv.correlation(l.input(1).dims(), l.input(2).dims(), l.input(0).dims())
                    .emitWeights(l, l.input(1), l.input(0), l.output(0));
        }

        static Stream<Example> examples() {
            Sliding strided = Sliding.of(List.of(1), List.of(2));
            return Stream.of(Example.of(
                    new WeightGradient(new Conv(strided, 2)),
                    Example.f32(2, 4, 3),
                    Example.f32(2, 4, 6),
                    Example.f32(4, 2, 3).notDifferentiable()));
        }
    }

    static void requireOneType(Operands in, int min, int max) {
        in.requireSize(min, max);
        for (int i = 1; i < in.size(); i++) {
            in.require(i, in.dtype(0));
        }
    }

    static void requireChannels(String input, Dim have, Dim need, String weights) {
        if (have.isFixed() && need.isFixed() && !have.equals(need)) {
            throw new ShapeException(
                    "channels of " + input + " must be " + need + ", as the weights " + weights + " say");
        }
    }

    static void requireBias(Operands in, int operand, Dim outputs) {
        if (operand < 0) {
            return;
        }
        Shape b = in.shape(operand);
        if (b.rank() != 1
                || (b.dim(0).isFixed() && outputs.isFixed() && !b.dim(0).equals(outputs))) {
            throw new ShapeException(
                    "the bias must have one element for each of " + outputs + " outputs, not " + in.tensor(operand));
        }
    }

    static int[] dims(Tensor t) {
        return t.shape().intExtents();
    }

    /// The sums, in the type of operand 0, with the bias, operand 2, if there is one, added.
    static Tensor biased(List<Tensor> in, Shape shape, double[] sums) {
        if (in.size() == 3) {
            int outputs = in.get(2).length();
            int plane = outputs == 0
                    ? 0
                    : sums.length / Math.max(1, (int) shape.dim(0).extent() * outputs);
            for (int i = 0; i < sums.length; i++) {
                sums[i] += in.get(2).getDouble(i / plane % outputs);
            }
        }
        return Tensors.of(in.get(0).dtype(), shape, sums);
    }

    /// Floats of 16 bits in 32: sums are taken in 32 bits anyway and rounded once, and backends are quicker with these.
    private static Value wide(GraphBuilder g, Value v) {
        boolean isShort = v.dtype() == DType.F16 || v.dtype() == DType.BF16;
        return isShort ? g.apply(new Casting.Cast(DType.F32), v) : v;
    }

    private static Value as(GraphBuilder g, Value operand, Value gradient) {
        return gradient.dtype() == operand.dtype() ? gradient : g.apply(new Casting.Cast(operand.dtype()), gradient);
    }

    /// Gives operand 2, the bias, the cotangent summed over all axes but the channels'.
    static void biasGradient(Adjoint a) {
        if (a.inputs() == 3 && a.wants(2)) {
            Value dy = MaxPoolGradient.moved(a.cotangent(0).orElseThrow());
            long[] axes = LongStream.range(0, dy.rank()).filter(i -> i != 1).toArray();
            a.give(
                    2,
                    a.graph()
                            .apply(
                                    new Reduce(Reduce.Kind.SUM, false),
                                    dy,
                                    a.graph().longs(axes)));
        }
    }
}
