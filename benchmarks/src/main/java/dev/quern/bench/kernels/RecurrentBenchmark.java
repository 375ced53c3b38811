package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Recurrent;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Set;
import org.openjdk.jmh.annotations.Param;

/// 20 steps of 256 units on 80 features, one sequence.
public class RecurrentBenchmark extends KernelBenchmark {
    private static final int STEPS = 20;
    private static final int UNITS = 256;
    private static final int FEATURES = 80;

    @Param({"LSTM", "GRU"})
    public Recurrent.Cell work;

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder(work.name());
        Layers l = Layers.in(g);
        long rows = (work == Recurrent.Cell.LSTM ? 4 : 3) * (long) UNITS;
        Value x = g.input("x", Type.tensor(DType.F32, Shape.of(STEPS, 1, FEATURES)));
        Value w = l.weights(6L * FEATURES, 1, rows, FEATURES);
        Value r = l.weights(6L * UNITS, 1, rows, UNITS);
        Value b = l.weights(100, 1, 2 * rows);
        Recurrent op = Recurrent.of(work, Recurrent.Direction.FORWARD, Set.of(Recurrent.Given.BIAS));
        g.output("y", g.apply(op, List.of(x, w, r, b)).getFirst());
        return g.build();
    }
}
