package dev.quern.bench.training;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.CompositePools;
import dev.quern.op.Formula;
import dev.quern.op.Pools;
import dev.quern.op.Shaping;
import dev.quern.op.Sliding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.List;

/// The networks of the comparison; `training.py` has the same in PyTorch.
final class Networks {
    private static final Dim ROWS = Dim.symbol("N");

    private Networks() {}

    /// 784-512-256-10.
    static Graph mlp() {
        GraphBuilder g = new GraphBuilder("mlp");
        Layers l = new Layers(g);
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(ROWS, Dim.of(784))));
        g.output("scores", l.linear(l.relu(l.linear(l.relu(l.linear(x, 784, 512)), 512, 256)), 256, 10));
        return g.build();
    }

    /// Two convolutions of 32 and 64 channels with pools, then two layers.
    static Graph cnn() {
        GraphBuilder g = new GraphBuilder("cnn");
        Layers l = new Layers(g);
        Value x = g.input("x", images(1, 28));
        Value y = halved(g, l.relu(l.convolution(x, 1, 32, 3, 1, true)));
        y = halved(g, l.relu(l.convolution(y, 32, 64, 3, 1, true)));
        y = l.relu(l.linear(g.apply(new Shaping.Flatten(1), y), 64 * 7 * 7, 128));
        g.output("scores", l.linear(y, 128, 10));
        return g.build();
    }

    private static Value halved(GraphBuilder g, Value x) {
        Sliding two = new Sliding(Sliding.AutoPad.EXPLICIT, List.of(), List.of(2, 2), List.of());
        return g.apply(new Pools.MaxPool(two, List.of(2, 2)), x);
    }

    private static Type images(int channels, int side) {
        return Type.tensor(DType.F32, Shape.of(ROWS, Dim.of(channels), Dim.of(side), Dim.of(side)));
    }

    /// ResNet-18 for small images: a first layer of 3 × 3, no first pool.
    static Graph resnet() {
        GraphBuilder g = new GraphBuilder("resnet18");
        Layers l = new Layers(g);
        Value x = g.input("x", images(3, 32));
        Value y = l.relu(l.batchNorm(l.convolution(x, 3, 64, 3, 1, false), 64));
        int in = 64;
        for (int out : new int[] {64, 128, 256, 512}) {
            y = l.residual(y, in, out, out == 64 ? 1 : 2);
            y = l.residual(y, out, out, 1);
            in = out;
        }
        y = g.apply(new Shaping.Flatten(1), g.apply(new CompositePools.GlobalAveragePool(), y));
        g.output("scores", l.linear(y, 512, 10));
        return g.build();
    }

    /// An LSTM 128 → 256 over 64 steps, judged by the mean of all states.
    static Graph lstm() {
        GraphBuilder g = new GraphBuilder("lstm");
        Layers l = new Layers(g);
        Formula f = new Formula(g);
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(ROWS, Dim.of(64), Dim.of(128))));
        Value states = l.lstm(f.transpose(x, 1, 0, 2), 128, 256);
        Value mean = f.squeeze(f.reduce(dev.quern.op.Reduce.Kind.MEAN, states, 0), 0);
        g.output("scores", l.linear(mean, 256, 10));
        return g.build();
    }

    /// MiniLM-L6 (Wang et al., 2020): six blocks of 384, judged by the first token.
    static Graph miniLm() {
        GraphBuilder g = new GraphBuilder("minilm");
        Layers l = new Layers(g);
        Formula f = new Formula(g);
        Value tokens = g.input("x", Type.tensor(DType.I64, Shape.of(ROWS, Dim.of(128))));
        Value x = f.add(f.gather(l.weight("words", 384, 30_522, 384), 0, tokens), l.weight("positions", 384, 128, 384));
        x = l.layerNorm(x, 384);
        for (int i = 0; i < 6; i++) {
            x = l.transformer(x, 384, 12, 1536);
        }
        Value first = f.squeeze(f.slice(x, 1, 0, 1), 1);
        g.output("scores", l.linear(first, 384, 2));
        return g.build();
    }
}
