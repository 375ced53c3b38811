package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// (x − μ) / √(σ² + ε) · scale + bias by channel. Operands: x [N, C, spatial…], then vectors [C]: scale, bias, mean,
/// variance. ONNX BatchNormalization, opset 15.
///
/// @param momentum what a running statistic keeps of itself in training (PyTorch's momentum is 1 − this)
public record BatchNormalization(double epsilon, double momentum, Mode mode) implements Normalizations {

    /// Where mean and variance come from.
    public enum Mode {
        /// From the operands; one result.
        INFERENCE,
        /// From the batch; results 1 and 2 are the running mean and variance brought forward.
        TRAINING,
        /// As TRAINING, but the variance of the batch enters the running one as that of a sample (divided by n
        /// − 1), as in PyTorch.
        TRAINING_SAMPLE
    }

    @Override
    public Set<Integer> weightOperands() {
        return Set.of(1, 2);
    }

    @Override
    public List<DType> dtypes(Operands in) {
        return mode == Mode.INFERENCE ? List.of(in.dtype(0)) : List.of(in.dtype(0), in.dtype(3), in.dtype(4));
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Value x = Normalizations.wide(g, in.get(0));
        List<Value> vectors = in.subList(1, 5).stream()
                .map(v -> Normalizations.narrow(g, v, x))
                .toList();
        Value scale = vectors.get(0);
        Value bias = vectors.get(1);
        Value mean = vectors.get(2);
        Value variance = vectors.get(3);
        if (mode == Mode.INFERENCE) {
            Value slope = g.apply(Arithmetic.MUL, scale, Normalizations.inverseDeviation(g, variance, epsilon));
            Value offset = g.apply(Arithmetic.SUB, bias, g.apply(Arithmetic.MUL, mean, slope));
            Value scaled = g.apply(Arithmetic.MUL, x, Normalizations.channels(g, slope, x));
            Value y = g.apply(Arithmetic.ADD, scaled, Normalizations.channels(g, offset, x));
            return List.of(Normalizations.narrow(g, y, in.get(0)));
        }
        List<Integer> others =
                IntStream.range(0, x.rank()).filter(i -> i != 1).boxed().toList();
        List<Value> moments = g.apply(new Statistics.Moments(others), List.of(x));
        Value centred = g.apply(Arithmetic.SUB, x, moments.get(0));
        Value normal = g.apply(Arithmetic.MUL, centred, Normalizations.inverseDeviation(g, moments.get(1), epsilon));
        Value scaled = g.apply(Arithmetic.MUL, normal, Normalizations.channels(g, scale, x));
        Value y = g.apply(Arithmetic.ADD, scaled, Normalizations.channels(g, bias, x));
        Value batchMean = g.apply(new Shaping.ReshapeLike(), moments.get(0), mean);
        Value batchVariance = g.apply(new Shaping.ReshapeLike(), moments.get(1), variance);
        if (mode == Mode.TRAINING_SAMPLE) {
            batchVariance = g.apply(Arithmetic.MUL, batchVariance, sampleFactor(g, x, mean));
        }
        return List.of(
                Normalizations.narrow(g, y, in.get(0)),
                Normalizations.narrow(g, running(g, mean, batchMean), in.get(3)),
                Normalizations.narrow(g, running(g, variance, batchVariance), in.get(4)));
    }

    private Value running(GraphBuilder g, Value before, Value now) {
        Value kept = g.apply(Arithmetic.MUL, before, g.scalar(before.dtype(), momentum));
        return g.apply(Arithmetic.ADD, kept, g.apply(Arithmetic.MUL, now, g.scalar(now.dtype(), 1 - momentum)));
    }

    /// n / (n − 1) for the n elements of a channel.
    private static Value sampleFactor(GraphBuilder g, Value x, Value perChannel) {
        Value all = g.apply(new ShapeQueries.Size(), x);
        Value n = g.apply(Arithmetic.DIV, all, g.apply(new ShapeQueries.Size(), perChannel));
        Value less = g.apply(Arithmetic.SUB, n, g.scalar(DType.I64, 1));
        Casting.Cast cast = new Casting.Cast(x.dtype());
        return g.apply(Arithmetic.DIV, g.apply(cast, n), g.apply(cast, less));
    }

    static Stream<Example> examples() {
        Example.Operand v = Example.f32(3);
        Example.Operand variance = Example.f32(3).in(0.2, 2);
        return Stream.of(
                Example.of(
                        new BatchNormalization(1e-5, 0.9, Mode.INFERENCE), Example.f32(2, 3, 4, 2), v, v, v, variance),
                Example.of(new BatchNormalization(1e-5, 0.9, Mode.INFERENCE), Example.f32(5, 3), v, v, v, variance),
                Example.of(new BatchNormalization(1e-3, 0.9, Mode.TRAINING), Example.f32(2, 3, 4), v, v, v, variance),
                Example.of(
                        new BatchNormalization(1e-3, 0.9, Mode.TRAINING_SAMPLE), Example.f32(4, 3), v, v, v, variance));
    }
}
