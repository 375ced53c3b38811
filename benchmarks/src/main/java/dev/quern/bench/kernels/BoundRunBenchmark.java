package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;

/// One row through a perceptron of 16 × 16 × 16, whose arithmetic hardly takes time: what is left is what a run costs.
public class BoundRunBenchmark extends KernelBenchmark {
    private static final int WIDTH = 16;

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder("perceptron");
        Layers l = Layers.in(g);
        Value x = l.input("x", DType.F32, WIDTH);
        g.output("y", l.dense(l.relu(l.dense(x, WIDTH, WIDTH)), WIDTH, WIDTH));
        return g.build();
    }
}
