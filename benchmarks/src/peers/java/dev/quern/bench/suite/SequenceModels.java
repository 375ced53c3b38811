package dev.quern.bench.suite;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Formula;
import dev.quern.op.Recurrent;
import dev.quern.op.Reduce;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Set;

/// Transformers and recurrent models of N sequences of fixed length.
final class SequenceModels {
    private SequenceModels() {}

    /// The extents of a transformer.
    record Size(int layers, int width, int heads, int words) {
        /// The sentence encoder MiniLM-L6.
        static final Size MINI_LM = new Size(6, 384, 12, 30522);

        static final Size BERT_BASE = new Size(12, 768, 12, 30522);
        static final Size GPT2_SMALL = new Size(12, 768, 12, 50257);
        static final Size VIT_BASE = new Size(12, 768, 12, 0);
    }

    /// Words and positions as vectors [N, length, width].
    private static Value embedded(Layers l, Value table, Value words, int length, int width) {
        Formula f = l.f();
        return f.add(f.gather(table, 0, words), l.weights(width, 1, length, width));
    }

    /// [N, length, width] as [N, heads, length, width / heads].
    private static Value heads(Formula f, Value x, Size size, int length) {
        return f.transpose(f.reshape(x, -1, length, size.heads, size.width / size.heads), 0, 2, 1, 3);
    }

    private static Value attended(Layers l, Value q, Value k, Value v, Size size, int length, boolean causal) {
        Formula f = l.f();
        Value scores = f.mul(f.matMul(q, f.transpose(k, 0, 1, 3, 2)), 1 / Math.sqrt(size.width / (double) size.heads));
        if (causal) {
            float[] mask = new float[length * length];
            for (int i = 0; i < mask.length; i++) {
                mask[i] = i % length > i / length ? -1e9f : 0f;
            }
            scores = f.add(scores, f.g().constant(Tensor.of(mask, 1, 1, length, length)));
        }
        Value shares = f.g().apply(new Softmaxes.Softmax(-1), scores);
        Value mixed = f.transpose(f.matMul(shares, v), 0, 2, 1, 3);
        return l.dense(f.reshape(mixed, -1, length, size.width), size.width, size.width);
    }

    private static Value forward(Layers l, Value x, Size size) {
        return l.dense(l.gelu(l.dense(x, size.width, 4 * size.width)), 4 * size.width, size.width);
    }

    private static Value selfAttended(Layers l, Value x, Size size, int length, boolean causal) {
        Value q = heads(l.f(), l.dense(x, size.width, size.width), size, length);
        Value k = heads(l.f(), l.dense(x, size.width, size.width), size, length);
        Value v = heads(l.f(), l.dense(x, size.width, size.width), size, length);
        return attended(l, q, k, v, size, length, causal);
    }

    /// Devlin et al., *BERT* (2018): norms after each residual; the mean over positions is the result.
    static Graph encoder(String name, Size size, int length) {
        GraphBuilder g = new GraphBuilder(name);
        Layers l = Layers.in(g);
        Value words = l.input("input_ids", DType.I64, length);
        Value table = l.weights(size.width, size.words, size.width);
        Value x = l.norm(embedded(l, table, words, length, size.width), size.width);
        for (int i = 0; i < size.layers; i++) {
            x = l.norm(l.f().add(x, selfAttended(l, x, size, length, false)), size.width);
            x = l.norm(l.f().add(x, forward(l, x, size)), size.width);
        }
        g.output("embedding", l.f().reduce(Reduce.Kind.MEAN, x, 1));
        return g.build();
    }

    /// Dosovitskiy et al., *ViT* (2020), patches of 16 × 16, without a class token.
    static Graph visionTransformer(Size size) {
        GraphBuilder g = new GraphBuilder("vit-b16");
        Layers l = Layers.in(g);
        int patches = 14 * 14;
        Value image = l.input("image", DType.F32, 3, 224, 224);
        Value cut = l.f().reshape(image, -1, 3, 14, 16, 14, 16);
        Value rows = l.f().reshape(l.f().transpose(cut, 0, 2, 4, 1, 3, 5), -1, patches, 768);
        Value x = l.f().add(l.dense(rows, 768, size.width), l.weights(size.width, 1, patches, size.width));
        for (int i = 0; i < size.layers; i++) {
            x = l.f().add(x, selfAttended(l, l.norm(x, size.width), size, patches, false));
            x = l.f().add(x, forward(l, l.norm(x, size.width), size));
        }
        g.output("scores", l.dense(l.f().reduce(Reduce.Kind.MEAN, l.norm(x, size.width), 1), size.width, 1000));
        return g.build();
    }

    /// Radford et al., *GPT-2* (2019): `length` words after a cache of `past`; scores of the words after each.
    static Graph decoder(String name, Size size, int length, int past) {
        GraphBuilder g = new GraphBuilder(name);
        Layers l = Layers.in(g);
        Formula f = l.f();
        int depth = size.width / size.heads;
        Value table = l.weights(size.width, size.words, size.width);
        Value x = embedded(l, table, l.input("input_ids", DType.I64, length), length, size.width);
        for (int i = 0; i < size.layers; i++) {
            Value y = l.norm(x, size.width);
            Value q = heads(f, l.dense(y, size.width, size.width), size, length);
            Value k = heads(f, l.dense(y, size.width, size.width), size, length);
            Value v = heads(f, l.dense(y, size.width, size.width), size, length);
            if (past > 0) {
                k = f.concat(2, l.input("past_key_" + i, DType.F32, size.heads, past, depth), k);
                v = f.concat(2, l.input("past_value_" + i, DType.F32, size.heads, past, depth), v);
            }
            g.output("key_" + i, k);
            g.output("value_" + i, v);
            x = f.add(x, attended(l, q, k, v, size, length, past == 0));
            x = f.add(x, forward(l, l.norm(x, size.width), size));
        }
        g.output("scores", f.matMul(l.norm(x, size.width), f.transpose(table, 1, 0)));
        return g.build();
    }

    /// Two layers of 256 units read both ways over 100 steps of 80 features, classes for each step.
    static Graph recurrent(String name, Recurrent.Cell cell) {
        GraphBuilder g = new GraphBuilder(name);
        Layers l = Layers.in(g);
        int steps = 100;
        int width = 256;
        int gates = cell == Recurrent.Cell.LSTM ? 4 : 3;
        int in = 80;
        Value x = l.f().transpose(l.input("features", DType.F32, steps, in), 1, 0, 2);
        for (int layer = 0; layer < 2; layer++) {
            Recurrent op = Recurrent.of(cell, Recurrent.Direction.BIDIRECTIONAL, Set.of(Recurrent.Given.BIAS));
            Value w = l.weights(6L * in, 2, (long) gates * width, in);
            Value r = l.weights(6L * width, 2, (long) gates * width, width);
            Value b = l.weights(100, 2, 2L * gates * width);
            Value y = g.apply(op, List.of(x, w, r, b)).getFirst();
            x = l.f().reshape(l.f().transpose(y, 0, 2, 1, 3), steps, -1, 2L * width);
            in = 2 * width;
        }
        g.output("scores", g.apply(Activations.SIGMOID, l.dense(x, in, 40)));
        return g.build();
    }
}
