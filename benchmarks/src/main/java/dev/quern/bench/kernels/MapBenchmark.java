package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Activations;
import dev.quern.op.Formula;
import dev.quern.tensor.DType;
import org.openjdk.jmh.annotations.Param;

/// Element by element: 128 × 3072 floats, 1.5 MiB.
public class MapBenchmark extends KernelBenchmark {
    /// What is computed of them.
    public enum Form {
        /// A bias and ReLU: as fast as memory.
        BIAS_RELU,
        /// Two arrays, added and scaled.
        ADD,
        /// With an exponential.
        SILU,
        /// With erf.
        GELU
    }

    @Param
    public Form work;

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder(work.name());
        Layers l = Layers.in(g);
        Formula f = l.f();
        Value x = l.input("x", DType.F32, 128, 3072);
        g.output(
                "y",
                switch (work) {
                    case BIAS_RELU -> l.relu(f.add(x, l.weights(100, 3072)));
                    case ADD -> f.mul(f.add(x, l.input("z", DType.F32, 128, 3072)), 0.5);
                    case SILU -> g.apply(Activations.SILU, x);
                    case GELU -> l.gelu(x);
                });
        return g.build();
    }
}
