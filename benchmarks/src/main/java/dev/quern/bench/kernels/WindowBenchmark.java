package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import org.openjdk.jmh.annotations.Param;

/// Pools over 64 channels of 112 × 112.
public class WindowBenchmark extends KernelBenchmark {
    /// What is taken of a window.
    public enum Form {
        /// 3 × 3, every second position.
        MAX,
        /// Of the whole channel.
        GLOBAL_AVERAGE
    }

    @Param
    public Form work;

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder(work.name());
        Layers l = Layers.in(g);
        Value x = l.input("x", DType.F32, 64, 112, 112);
        g.output("y", work == Form.MAX ? l.maxPool(x, 3, 1) : l.mean(x));
        return g.build();
    }
}
