package dev.quern.bench;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.CompositePools;
import dev.quern.op.ConvTranspose;
import dev.quern.op.Convolutions;
import dev.quern.op.Formula;
import dev.quern.op.Normalizations;
import dev.quern.op.Pools;
import dev.quern.op.Shaping;
import dev.quern.op.Sliding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/// Layers with weights drawn by seed, scaled so that results keep their magnitude.
///
/// @param f where nodes are added
public record Layers(Formula f, SplittableRandom random) {
    public static Layers in(GraphBuilder g) {
        return new Layers(new Formula(g), new SplittableRandom(42));
    }

    /// The input [N, extents…].
    public Value input(String name, DType dtype, int... extents) {
        Dim[] dims = new Dim[extents.length + 1];
        dims[0] = Dim.symbol("N");
        for (int i = 0; i < extents.length; i++) {
            dims[i + 1] = Dim.of(extents[i]);
        }
        return f.g().input(name, Type.tensor(dtype, Shape.of(dims)));
    }

    /// A parameter with the variance `2 / fan`.
    public Value weights(long fan, long... extents) {
        int length = 1;
        for (long e : extents) {
            length = Math.multiplyExact(length, Math.toIntExact(e));
        }
        double bound = Math.sqrt(6.0 / fan);
        float[] w = new float[length];
        for (int i = 0; i < length; i++) {
            w[i] = (float) random.nextDouble(-bound, bound);
        }
        return f.g().parameter("w", Tensor.of(w, extents));
    }

    public Value relu(Value x) {
        return f.g().apply(Activations.RELU, x);
    }

    public Value silu(Value x) {
        return f.mul(x, f.g().apply(Activations.SIGMOID, x));
    }

    private static Sliding sliding(int pad, int stride) {
        return sliding(pad, stride, 1);
    }

    /// The same on all sides and along both axes.
    public static Sliding sliding(int pad, int stride, int dilation) {
        return new Sliding(
                Sliding.AutoPad.EXPLICIT,
                List.of(pad, pad, pad, pad),
                List.of(stride, stride),
                List.of(dilation, dilation));
    }

    /// A convolution with padding that keeps extents, and a bias.
    public Value conv(Value x, int in, int out, int taps, int stride, int groups) {
        return conv(x, in, out, taps, stride, 1, groups);
    }

    public Value conv(Value x, int in, int out, int taps, int stride, int dilation, int groups) {
        Value w = weights((long) in / groups * taps * taps, out, in / groups, taps, taps);
        Value b = weights(100, out);
        return f.g().apply(new Convolutions.Conv(sliding(taps / 2 * dilation, stride, dilation), groups), x, w, b);
    }

    /// A transposed convolution that multiplies extents by `stride`, for `taps − stride` even.
    public Value convTranspose(Value x, int in, int out, int taps, int stride) {
        Value w = weights((long) in * taps * taps / stride / stride, in, out, taps, taps);
        return f.g().apply(new ConvTranspose(sliding((taps - stride) / 2, stride), 1), x, w, weights(100, out));
    }

    public Value conv(Value x, int in, int out, int taps, int stride, UnaryOperator<Value> activation) {
        return activation.apply(conv(x, in, out, taps, stride, 1));
    }

    public Value maxPool(Value x, int taps, int pad) {
        return f.g().apply(new Pools.MaxPool(sliding(pad, 2), List.of(taps, taps)), List.of(x))
                .getFirst();
    }

    public Value mean(Value x) {
        return f.g().apply(new CompositePools.GlobalAveragePool(), x);
    }

    /// [n, c, 1, 1] to classes.
    public Value classes(Value x, int in, int classes) {
        return dense(f.g().apply(new Shaping.Flatten(1), x), in, classes);
    }

    public Value dense(Value x, int in, int out) {
        return f.add(f.matMul(x, weights(in, in, out)), weights(100, out));
    }

    public Value norm(Value x, int width) {
        return f.g().apply(
                        new Normalizations.LayerNormalization(-1, 1e-5),
                        List.of(x, weights(6, width), weights(100, width)))
                .getFirst();
    }

    public Value gelu(Value x) {
        return f.g().apply(new Activations.Gelu(false), x);
    }
}
