package dev.quern.bench.training;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.BatchNormalization;
import dev.quern.op.Convolutions;
import dev.quern.op.Formula;
import dev.quern.op.Normalizations;
import dev.quern.op.Products;
import dev.quern.op.Recurrent;
import dev.quern.op.Sliding;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/// Layers with seeded weights, as an ONNX file holds them.
final class Layers {
    private final GraphBuilder g;
    private final Formula f;
    private final SplittableRandom random = new SplittableRandom(7);
    private int count;

    Layers(GraphBuilder g) {
        this.g = g;
        this.f = new Formula(g);
    }

    /// Uniform in ±1/√`fan`.
    Value weight(String name, int fan, long... extents) {
        Tensor t = Tensor.zeros(DType.F32, extents);
        double bound = 1 / Math.sqrt(fan);
        float[] values = (float[]) t.array();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
        }
        return g.parameter(name + count++, t);
    }

    private Value filled(String name, float value, long extent) {
        float[] values = new float[Math.toIntExact(extent)];
        java.util.Arrays.fill(values, value);
        return g.parameter(name + count++, Tensor.of(values, extent));
    }

    Value relu(Value x) {
        return g.apply(Activations.RELU, x);
    }

    /// As `torch.nn.Linear` is exported for matrices.
    Value linear(Value x, int in, int out) {
        Value w = weight("linear", in, out, in);
        return g.apply(new Products.Gemm(1, 1, false, true), x, w, filled("bias", 0, out));
    }

    /// As `torch.nn.Linear` is exported for more axes.
    Value projection(Value x, int in, int out) {
        return f.add(f.matMul(x, weight("projection", in, in, out)), filled("bias", 0, out));
    }

    /// A square convolution that keeps the extents, divided by `stride`.
    Value convolution(Value x, int in, int out, int taps, int stride, boolean bias) {
        Value w = weight("convolution", in * taps * taps, out, in, taps, taps);
        int pad = taps / 2;
        Sliding sliding =
                new Sliding(Sliding.AutoPad.EXPLICIT, Collections.nCopies(4, pad), List.of(stride, stride), List.of());
        Convolutions.Conv conv = new Convolutions.Conv(sliding, 1);
        return bias ? g.apply(conv, x, w, filled("bias", 0, out)) : g.apply(conv, x, w);
    }

    Value batchNorm(Value x, int channels) {
        return g.apply(
                new BatchNormalization(1e-5, 0.9, BatchNormalization.Mode.INFERENCE),
                x,
                filled("scale", 1, channels),
                filled("shift", 0, channels),
                filled("mean", 0, channels),
                filled("variance", 1, channels));
    }

    /// Two convolutions and a way past them (He et al., 2016).
    Value residual(Value x, int in, int out, int stride) {
        Value y = relu(batchNorm(convolution(x, in, out, 3, stride, false), out));
        y = batchNorm(convolution(y, out, out, 3, 1, false), out);
        boolean same = in == out && stride == 1;
        Value past = same ? x : batchNorm(convolution(x, in, out, 1, stride, false), out);
        return relu(f.add(y, past));
    }

    /// The states of all steps of an LSTM over [steps, rows, in]: [steps, rows, hidden].
    Value lstm(Value x, int in, int hidden) {
        Recurrent lstm =
                Recurrent.of(Recurrent.Cell.LSTM, Recurrent.Direction.FORWARD, java.util.Set.of(Recurrent.Given.BIAS));
        List<Value> all = g.apply(
                lstm,
                List.of(
                        x,
                        weight("w", hidden, 1, 4L * hidden, in),
                        weight("r", hidden, 1, 4L * hidden, hidden),
                        weight("b", hidden, 1, 8L * hidden)));
        return f.squeeze(all.getFirst(), 1);
    }

    Value layerNorm(Value x, int width) {
        return g.apply(
                        new Normalizations.LayerNormalization(-1, 1e-12),
                        List.of(x, filled("scale", 1, width), filled("shift", 0, width)))
                .getFirst();
    }

    /// A block of BERT (Devlin et al., 2019).
    Value transformer(Value x, int width, int heads, int inner) {
        Value q = f.heads(projection(x, width, width), heads);
        Value k = f.heads(projection(x, width, width), heads);
        Value v = f.heads(projection(x, width, width), heads);
        Value scores = f.div(f.matMul(q, f.lastTwoSwapped(k)), Math.sqrt((double) width / heads));
        Value mixed = f.packed(f.matMul(g.apply(new Softmaxes.Softmax(-1), scores), v));
        Value attended = layerNorm(f.add(projection(mixed, width, width), x), width);
        Value wide = g.apply(new Activations.Gelu(false), projection(attended, width, inner));
        return layerNorm(f.add(projection(wide, inner, width), attended), width);
    }
}
