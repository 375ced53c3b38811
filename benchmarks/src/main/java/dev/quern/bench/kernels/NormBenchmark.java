package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import org.openjdk.jmh.annotations.Param;

/// Rows that depend on themselves as a whole: 128 of 768 floats.
public class NormBenchmark extends KernelBenchmark {
    /// How they are scaled.
    public enum Form {
        SOFTMAX,
        LAYER_NORM
    }

    @Param
    public Form work;

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder(work.name());
        Layers l = Layers.in(g);
        Value x = l.input("x", DType.F32, 128, 768);
        g.output(
                "y",
                switch (work) {
                    case SOFTMAX -> g.apply(new Softmaxes.Softmax(-1), x);
                    case LAYER_NORM -> l.norm(x, 768);
                });
        return g.build();
    }
}
