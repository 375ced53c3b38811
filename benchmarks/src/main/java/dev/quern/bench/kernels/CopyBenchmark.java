package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.op.Formula;
import dev.quern.op.Scattering;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.Map;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Param;

/// Elements that only move: 512 × 768 floats, 1.5 MiB, unless said otherwise.
public class CopyBenchmark extends KernelBenchmark {
    /// Where they go.
    public enum Form {
        TRANSPOSE,
        /// Behind 512 others.
        CONCAT,
        /// 128 rows of a table of 30,000: an embedding.
        GATHER,
        /// 128 rows added to rows of 512.
        SCATTER_ADD
    }

    private static final int ROWS = 128;

    @Param
    public Form work;

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder(work.name());
        Layers l = Layers.in(g);
        Formula f = l.f();
        Value x = work == Form.GATHER ? l.weights(6, words(), 768) : g.input("x", floats(512));
        g.output(
                "y",
                switch (work) {
                    case TRANSPOSE -> f.transpose(x, 1, 0);
                    case CONCAT -> f.concat(0, g.input("z", floats(512)), x);
                    case GATHER -> f.gather(x, 0, g.input("at", Type.tensor(DType.I64, Shape.of(ROWS))));
                    case SCATTER_ADD ->
                        g.apply(
                                new Scattering.ScatterND(0, Kernel.Combine.ADD),
                                x,
                                g.input("at", Type.tensor(DType.I64, Shape.of(ROWS, 1))),
                                g.input("z", floats(ROWS)));
                });
        return g.build();
    }

    private static Type floats(int rows) {
        return Type.tensor(DType.F32, Shape.of(rows, 768));
    }

    private int words() {
        return work == Form.GATHER ? 30_000 : 512;
    }

    @Override
    protected Map<String, Tensor> given() {
        long[] at = new SplittableRandom(3).longs(ROWS, 0, words()).toArray();
        return switch (work) {
            case TRANSPOSE, CONCAT -> Map.of();
            case GATHER -> Map.of("at", Tensor.of(at, ROWS));
            case SCATTER_ADD -> Map.of("at", Tensor.of(at, ROWS, 1));
        };
    }
}
