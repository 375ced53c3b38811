package dev.quern.bench.kernels;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Formula;
import dev.quern.op.Softmaxes;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import org.openjdk.jmh.annotations.Param;

/// softmax(Q·Kᵀ/√D)·V with 12 heads of D = 64, as models spell it.
public class AttentionBenchmark extends KernelBenchmark {
    private static final int HEADS = 12;
    private static final int DEPTH = 64;

    /// Queries × keys: a prefill and a step of decoding.
    @Param({"128x128", "1x384"})
    public String work;

    @Override
    protected Graph graph() {
        String[] extents = work.split("x");
        int queries = Integer.parseInt(extents[0]);
        int keys = Integer.parseInt(extents[1]);
        GraphBuilder g = new GraphBuilder("attention");
        Formula f = new Formula(g);
        Value q = g.input("q", heads(queries));
        Value k = g.input("k", heads(keys));
        Value v = g.input("v", heads(keys));
        Value scores = f.mul(f.matMul(q, f.transpose(k, 0, 1, 3, 2)), 1 / Math.sqrt(DEPTH));
        g.output("y", f.matMul(g.apply(new Softmaxes.Softmax(-1), scores), v));
        return g.build();
    }

    private static Type heads(int length) {
        return Type.tensor(DType.F32, Shape.of(1, HEADS, length, DEPTH));
    }
}
