package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Sorting;
import dev.quern.tensor.DType;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/// The largest of 10,000 floats with their positions; all of them are a sort.
public class SortBenchmark extends KernelBenchmark {
    @Param({"10", "10000"})
    public int work;

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder("top" + work);
        Value x = Layers.in(g).input("x", DType.F32, 10_000);
        List<Value> results = g.apply(new Sorting.TopK(-1, true), List.of(x, g.longs(work)));
        g.output("values", results.get(0));
        g.output("indices", results.get(1));
        return g.build();
    }
}
