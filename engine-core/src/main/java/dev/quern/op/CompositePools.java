package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Pools made of other operators: over all spatial axes of [N, C, spatial…] at once, or of powers.
public sealed interface CompositePools extends CompositeOp {

    /// ONNX GlobalAveragePool, opset 22.
    record GlobalAveragePool() implements CompositePools {
        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            return List.of(overPlane(g, Reduce.Kind.MEAN, in.getFirst()));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new GlobalAveragePool(), Example.f32(2, 3, 4, 5)),
                    Example.of(new GlobalAveragePool(), Example.f32(1, 2, 7)));
        }
    }

    /// ONNX GlobalMaxPool, opset 22.
    record GlobalMaxPool() implements CompositePools {
        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            return List.of(overPlane(g, Reduce.Kind.MAX, in.getFirst()));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new GlobalMaxPool(), Example.f32(2, 3, 4, 5).distinctValues()));
        }
    }

    /// (Σ|x|^p)^(1/p) of each plane. ONNX GlobalLpPool, opset 22.
    record GlobalLpPool(int p) implements CompositePools {
        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            return List.of(root(g, p, overPlane(g, Reduce.Kind.SUM, power(g, p, in.getFirst()))));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new GlobalLpPool(2), Example.f32(2, 3, 4, 5)),
                    Example.of(new GlobalLpPool(3), Example.f32(1, 2, 6)));
        }
    }

    /// (Σ|x|^p)^(1/p) of each window. ONNX LpPool, opset 22.
    ///
    /// @param taps the extents of the window
    /// @param ceil whether a window that lies partly outside counts as a last one
    record LpPool(int p, Sliding sliding, List<Integer> taps, boolean ceil) implements CompositePools {
        public LpPool {
            taps = List.copyOf(taps);
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            AveragePool sum = new AveragePool(sliding, taps, ceil, AveragePool.Divisor.ONE);
            return List.of(root(g, p, g.apply(sum, power(g, p, in.getFirst()))));
        }

        static Stream<Example> examples() {
            Sliding padded = Sliding.of(List.of(1, 0), List.of(2, 1));
            return Stream.of(
                    Example.of(new LpPool(2, Sliding.PLAIN, List.of(2, 2), false), Example.f32(1, 2, 4, 5)),
                    Example.of(new LpPool(3, padded, List.of(3, 2), true), Example.f32(1, 2, 4, 5)));
        }
    }

    private static Value overPlane(GraphBuilder g, Reduce.Kind kind, Value x) {
        long[] axes = LongStream.range(2, x.rank()).toArray();
        return axes.length == 0 ? x : g.apply(new Reduce(kind, true), x, g.longs(axes));
    }

    private static Value power(GraphBuilder g, int p, Value x) {
        return p == 2
                ? g.apply(Arithmetic.MUL, x, x)
                : g.apply(Arithmetic.POW, g.apply(Arithmetic.ABS, x), g.scalar(x.dtype(), p));
    }

    private static Value root(GraphBuilder g, int p, Value x) {
        return p == 2 ? g.apply(Arithmetic.SQRT, x) : g.apply(Arithmetic.POW, x, g.scalar(x.dtype(), 1.0 / p));
    }
}
