package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Operators that bring groups of elements to one scale. `f16` and `bf16` are normalised in `f32`.
public sealed interface Normalizations extends CompositeOp
        permits Normalizations.LayerNormalization,
                Normalizations.RMSNormalization,
                Normalizations.InstanceNormalization,
                Normalizations.GroupNormalization,
                Normalizations.MeanVarianceNormalization,
                Normalizations.LpNormalization,
                Normalizations.LRN,
                BatchNormalization {

    /// (x − μ) / √(σ² + ε) · scale + bias over the axes from `axis` on; bias, operand 2, may be left out. Also
    /// gives μ and 1 / √(σ² + ε). ONNX LayerNormalization, opset 17, with `f32` or `f64` as stash type.
    record LayerNormalization(int axis, double epsilon) implements Normalizations {
        @Override
        public Set<Integer> weightOperands() {
            return Set.of(1, 2);
        }

        @Override
        public List<DType> dtypes(Operands in) {
            DType stash = in.dtype(0).computeType();
            return List.of(in.dtype(0), stash, stash);
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = wide(g, in.get(0));
            int first = Shape.axis(axis, x.rank());
            List<Value> moments = g.apply(Statistics.Moments.over(first, x.rank()), List.of(x));
            Value inverse = inverseDeviation(g, moments.get(1), epsilon);
            Value centred = g.apply(Arithmetic.SUB, x, moments.get(0));
            Value normal = narrow(g, g.apply(Arithmetic.MUL, centred, inverse), in.get(0));
            Value y = g.apply(Arithmetic.MUL, normal, in.get(1));
            return List.of(in.size() == 3 ? g.apply(Arithmetic.ADD, y, in.get(2)) : y, moments.get(0), inverse);
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new LayerNormalization(-1, 1e-5), Example.f32(3, 17), Example.f32(17), Example.f32(17)),
                    Example.of(new LayerNormalization(1, 0.1), Example.f32(2, 3, 4), Example.f32(3, 4)),
                    Example.of(
                            new LayerNormalization(-1, 1e-3),
                            Example.operand(DType.F16, 2, 8).notDifferentiable(),
                            Example.operand(DType.F16, 8).notDifferentiable()));
        }
    }

    /// x / √(mean of x² + ε) · scale over the axes from `axis` on. ONNX RMSNormalization, opset 23.
    record RMSNormalization(int axis, double epsilon) implements Normalizations {
        @Override
        public Set<Integer> weightOperands() {
            return Set.of(1);
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = wide(g, in.get(0));
            long[] axes = LongStream.range(Shape.axis(axis, x.rank()), x.rank()).toArray();
            Value mean = g.apply(new Reduce(Reduce.Kind.MEAN, true), g.apply(Arithmetic.MUL, x, x), g.longs(axes));
            Value normal = g.apply(Arithmetic.MUL, x, inverseDeviation(g, mean, epsilon));
            return List.of(g.apply(Arithmetic.MUL, narrow(g, normal, in.get(0)), in.get(1)));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new RMSNormalization(-1, 1e-5), Example.f32(3, 17), Example.f32(17)),
                    Example.of(new RMSNormalization(1, 0.1), Example.f32(2, 3, 4), Example.f32(3, 4)));
        }
    }

    /// Each plane of [N, C, spatial…] normalised by itself, then scaled and shifted by channel. ONNX
    /// InstanceNormalization, opset 22.
    record InstanceNormalization(double epsilon) implements Normalizations {
        @Override
        public Set<Integer> weightOperands() {
            return Set.of(1, 2);
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = wide(g, in.get(0));
            Value normal = normal(g, x, Statistics.Moments.over(2, x.rank()), epsilon);
            Value scaled = byChannel(g, normal, wide(g, in.get(1)), wide(g, in.get(2)));
            return List.of(narrow(g, scaled, in.get(0)));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new InstanceNormalization(1e-5), Example.f32(2, 3, 4, 5), Example.f32(3), Example.f32(3)));
        }
    }

    /// The channels of [N, C, spatial…] in `groups` groups, each normalised by itself, then scaled and shifted by
    /// channel. ONNX GroupNormalization, opset 21.
    record GroupNormalization(int groups, double epsilon) implements Normalizations {
        @Override
        public Set<Integer> weightOperands() {
            return Set.of(1, 2);
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = wide(g, in.get(0));
            Value grouped = g.apply(new Shaping.Reshape(), x, g.longs(0, groups, -1));
            Value normal = normal(g, grouped, new Statistics.Moments(List.of(2)), epsilon);
            Value back = g.apply(new Shaping.ReshapeLike(), normal, x);
            return List.of(byChannel(g, narrow(g, back, in.get(0)), in.get(1), in.get(2)));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new GroupNormalization(2, 1e-5), Example.f32(2, 4, 3, 2), Example.f32(4), Example.f32(4)));
        }
    }

    /// (x − μ) / (σ + 10⁻⁹) over `axes`. ONNX MeanVarianceNormalization, opset 13.
    record MeanVarianceNormalization(List<Integer> axes) implements Normalizations {
        public MeanVarianceNormalization {
            axes = List.copyOf(axes);
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = in.getFirst();
            List<Value> moments = g.apply(new Statistics.Moments(axes), in);
            Value deviation =
                    g.apply(Arithmetic.ADD, g.apply(Arithmetic.SQRT, moments.get(1)), g.scalar(x.dtype(), 1e-9));
            return List.of(g.apply(Arithmetic.DIV, g.apply(Arithmetic.SUB, x, moments.get(0)), deviation));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(new MeanVarianceNormalization(List.of(0, 2, 3)), Example.f32(2, 3, 4, 3)));
        }
    }

    /// x divided by its sum of magnitudes (p = 1) or its length (p = 2) along `axis`; zeros stay zeros. ONNX
    /// LpNormalization, opset 22.
    record LpNormalization(int axis, int p) implements Normalizations {
        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = in.getFirst();
            Reduce norm = new Reduce(p == 1 ? Reduce.Kind.L1 : Reduce.Kind.L2, true);
            Value length = g.apply(norm, x, g.longs(axis));
            Value zero = g.scalar(x.dtype(), 0);
            Value safe = g.apply(Logic.WHERE, g.apply(Logic.EQUAL, length, zero), g.scalar(x.dtype(), 1), length);
            return List.of(g.apply(Arithmetic.DIV, x, safe));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new LpNormalization(-1, 2), Example.f32(3, 4)),
                    Example.of(new LpNormalization(0, 1), Example.f32(3, 4)));
        }
    }

    /// x / (bias + alpha / size · Σ x²)^beta, the sum over `size` neighbouring channels. ONNX LRN, opset 13.
    record LRN(int size, double alpha, double beta, double bias) implements Normalizations {
        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = in.getFirst();
            int spatial = x.rank() - 2;
            Value squares = g.apply(Arithmetic.MUL, x, x);
            Value planes = g.apply(new Shaping.Unsqueeze(), squares, g.longs(1));
            Value sums = g.apply(window(spatial), planes);
            Value sum = g.apply(new Shaping.Squeeze(), sums, g.longs(1));
            Value scaled = g.apply(Arithmetic.MUL, sum, g.scalar(x.dtype(), alpha / size));
            Value base = g.apply(Arithmetic.ADD, scaled, g.scalar(x.dtype(), bias));
            return List.of(g.apply(Arithmetic.DIV, x, g.apply(Arithmetic.POW, base, g.scalar(x.dtype(), beta))));
        }

        /// Sums over neighbours along the channels, as the first spatial axis of [N, 1, C, spatial…].
        private AveragePool window(int spatial) {
            int below = (size - 1) / 2;
            List<Integer> taps = IntStream.range(0, spatial + 1)
                    .mapToObj(i -> i == 0 ? size : 1)
                    .toList();
            List<Integer> pads = IntStream.range(0, 2 * (spatial + 1))
                    .mapToObj(i -> i == 0 ? below : i == spatial + 1 ? size - 1 - below : 0)
                    .toList();
            Sliding sliding = new Sliding(Sliding.AutoPad.EXPLICIT, pads, List.of(), List.of());
            return new AveragePool(sliding, taps, false, AveragePool.Divisor.ONE);
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new LRN(3, 0.5, 0.75, 1), Example.f32(2, 5, 2, 2)),
                    Example.of(new LRN(4, 0.5, 0.75, 2), Example.f32(1, 3, 4)));
        }
    }

    private static Value normal(GraphBuilder g, Value x, Statistics.Moments over, double epsilon) {
        List<Value> moments = g.apply(over, List.of(x));
        Value centred = g.apply(Arithmetic.SUB, x, moments.get(0));
        return g.apply(Arithmetic.MUL, centred, inverseDeviation(g, moments.get(1), epsilon));
    }

    /// 1 / √(variance + ε).
    static Value inverseDeviation(GraphBuilder g, Value variance, double epsilon) {
        Value shifted = g.apply(Arithmetic.ADD, variance, g.scalar(variance.dtype(), epsilon));
        return g.apply(Arithmetic.RECIPROCAL, g.apply(Arithmetic.SQRT, shifted));
    }

    private static Value byChannel(GraphBuilder g, Value x, Value scale, Value bias) {
        Value scaled = g.apply(Arithmetic.MUL, x, channels(g, scale, x));
        return g.apply(Arithmetic.ADD, scaled, channels(g, bias, x));
    }

    /// A vector with one element a channel, under axes that broadcast with [N, C, spatial…].
    static Value channels(GraphBuilder g, Value vector, Value x) {
        long[] spatial = LongStream.rangeClosed(1, x.rank() - 2L).toArray();
        return spatial.length == 0 ? vector : g.apply(new Shaping.Unsqueeze(), vector, g.longs(spatial));
    }

    /// `x` in the type in which it is computed.
    static Value wide(GraphBuilder g, Value x) {
        DType compute = x.dtype().computeType();
        return compute == x.dtype() ? x : g.apply(new Casting.Cast(compute), x);
    }

    /// `v` in the type of `like`.
    static Value narrow(GraphBuilder g, Value v, Value like) {
        return v.dtype() == like.dtype() ? v : g.apply(new Casting.Cast(like.dtype()), v);
    }
}
