package dev.quern.bench.kernels;

import dev.quern.bench.Layers;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.ConvInteger;
import dev.quern.op.DynamicQuantizeLinear;
import dev.quern.op.IntegerProducts;
import dev.quern.op.Sliding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.openjdk.jmh.annotations.Param;

/// Sums of products of bytes, `u8` by constant `i8`, in `i32`.
public class IntegerBenchmark extends KernelBenchmark {
    /// What is computed of them.
    public enum Form {
        /// 128 × 384 × 1536.
        PRODUCT,
        /// The same of floats, which are quantised first; the sums are scaled.
        DYNAMIC_PRODUCT,
        /// 64 → 64 channels of 28 × 28, 3 × 3.
        CONVOLUTION
    }

    private static final Shape ROWS = Shape.of(128, 384);
    private static final Shape IMAGE = Shape.of(1, 64, 28, 28);

    @Param
    public Form work;

    @Override
    protected Graph graph() {
        GraphBuilder g = new GraphBuilder(work.name());
        Value y = switch (work) {
            case PRODUCT -> {
                Value x = g.input("x", Type.tensor(DType.U8, ROWS));
                yield g.apply(new IntegerProducts.MatMulInteger(), x, weights(g, 384, 1536), zero(g));
            }
            case DYNAMIC_PRODUCT -> dynamic(g, g.input("x", Type.tensor(DType.F32, ROWS)));
            case CONVOLUTION -> {
                Sliding sliding = Layers.sliding(1, 1, 1);
                Value x = g.input("x", Type.tensor(DType.U8, IMAGE));
                yield g.apply(new ConvInteger(sliding, 1), x, weights(g, 64, 64, 3, 3), zero(g));
            }
        };
        g.output("y", y);
        return g.build();
    }

    private static Value dynamic(GraphBuilder g, Value x) {
        Layers l = Layers.in(g);
        List<Value> quantised = g.apply(new DynamicQuantizeLinear(), List.of(x));
        Value sums =
                g.apply(new IntegerProducts.MatMulInteger(), quantised.get(0), weights(g, 384, 1536), quantised.get(2));
        return l.f().mul(l.f().cast(sums, DType.F32), l.f().mul(quantised.get(1), 0.01));
    }

    private static Value zero(GraphBuilder g) {
        return g.constant(Tensor.scalar(DType.U8, 128));
    }

    /// Of 7 bits, −64 to 63: with more, ONNX Runtime's sums of pairs overflow on processors without VNNI.
    private static Value weights(GraphBuilder g, long... extents) {
        Tensor t = bytes(DType.I8, Shape.of(extents), 2);
        byte[] w = (byte[]) t.array();
        for (int i = 0; i < w.length; i++) {
            w[i] >>= 1;
        }
        return g.parameter("w", t);
    }

    private static Tensor bytes(DType dtype, Shape shape, int seed) {
        Tensor t = Tensor.zeros(dtype, shape);
        new Random(seed).nextBytes((byte[]) t.array());
        return t;
    }

    @Override
    protected Map<String, Tensor> given() {
        return switch (work) {
            case PRODUCT -> Map.of("x", bytes(DType.U8, ROWS, 1));
            case CONVOLUTION -> Map.of("x", bytes(DType.U8, IMAGE, 1));
            case DYNAMIC_PRODUCT -> Map.of();
        };
    }
}
