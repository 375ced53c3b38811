package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Cumulation;
import dev.quern.op.Formula;
import dev.quern.op.Reduce;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import org.openjdk.jmh.annotations.Param;

/// Reductions of 512 × 768 floats, 1.5 MiB, and running sums.
public class FoldBenchmark extends KernelBenchmark {
    /// What is combined.
    public enum Form {
        ROWS,
        COLUMNS,
        ALL,
        MAX_OF_ROWS,
        /// Along rows.
        RUNNING
    }

    @Param
    public Form work;

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder(work.name());
        Formula f = new Formula(g);
        Value x = Layers.in(g).input("x", DType.F32, 512, 768);
        g.output(
                "y",
                switch (work) {
                    case ROWS -> f.reduce(Reduce.Kind.SUM, x, 2);
                    case COLUMNS -> f.reduce(Reduce.Kind.SUM, x, 1);
                    case ALL -> f.reduce(Reduce.Kind.SUM, x, 1, 2);
                    case MAX_OF_ROWS -> f.reduce(Reduce.Kind.MAX, x, 2);
                    case RUNNING ->
                        g.apply(new Cumulation.CumSum(false, false), x, g.constant(Tensor.scalar(DType.I64, 2)));
                });
        return g.build();
    }
}
