package dev.quern.onnx;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.Generators;
import dev.quern.op.Indexing;
import dev.quern.op.Joining;
import dev.quern.op.Reduce;
import dev.quern.op.ShapeQueries;
import dev.quern.op.Shaping;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/// Shapes as values: numbers where they are known now, computed in the model where they are not.
final class ShapeWords {
    private ShapeWords() {}

    /// The extents of `v`, `i64[rank]`.
    static Value extents(GraphBuilder g, Value v) {
        return v.shape().isConcrete()
                ? g.longs(v.shape().extents())
                : g.apply(new ShapeQueries.ShapeOf(0, Long.MAX_VALUE), v);
    }

    /// One extent of `v`, `i64[1]`.
    static Value extent(GraphBuilder g, Value v, int axis) {
        Dim d = v.shape().dim(axis);
        int at = v.shape().axis(axis);
        return d.isFixed() ? g.longs(d.extent()) : g.apply(new ShapeQueries.ShapeOf(at, at + 1L), v);
    }

    /// Element `i` of a vector, a scalar.
    static Value at(GraphBuilder g, Value vector, int i) {
        Optional<Tensor> known = vector.constant();
        return known.isPresent()
                ? g.constant(Tensor.scalar(DType.I64, known.get().getLong(i)))
                : g.apply(new Indexing.Gather(0), vector, g.constant(Tensor.scalar(DType.I64, i)));
    }

    /// The product of a vector, a scalar.
    static Value product(GraphBuilder g, Value vector) {
        Optional<Tensor> known = vector.constant();
        return known.isPresent()
                ? g.constant(Tensor.scalar(
                        DType.I64, LongStream.of(known.get().toLongs()).reduce(1, Math::multiplyExact)))
                : g.apply(new Reduce(Reduce.Kind.PROD, false), vector, g.longs(0));
    }

    /// Vectors one after another.
    static Value joined(GraphBuilder g, List<Value> parts) {
        if (parts.stream().allMatch(p -> p.constant().isPresent())) {
            return g.longs(parts.stream()
                    .flatMapToLong(p -> LongStream.of(p.constant().orElseThrow().toLongs()))
                    .toArray());
        }
        return g.apply(new Joining.Concat(0), parts).getFirst();
    }

    /// 0, 1 … below a scalar.
    static Value iota(GraphBuilder g, Value count) {
        return g.apply(
                new Generators.Range(),
                g.constant(Tensor.scalar(DType.I64, 0)),
                count,
                g.constant(Tensor.scalar(DType.I64, 1)));
    }

    /// A vector that lies along `axis` of `rank` axes.
    static Value along(GraphBuilder g, Value vector, int axis, int rank) {
        long[] others = LongStream.range(0, rank).filter(a -> a != axis).toArray();
        return others.length == 0 ? vector : g.apply(new Shaping.Unsqueeze(), vector, g.longs(others));
    }

    /// The row-major position of each element of a tensor shaped as `like`.
    static Value positions(GraphBuilder g, Value like) {
        return shaped(g, iota(g, product(g, extents(g, like))), like);
    }

    /// The same elements with the dims of `like`.
    static Value shaped(GraphBuilder g, Value v, Value like) {
        return g.apply(new Shaping.Reshape(true), v, extents(g, like));
    }

    static Value flat(GraphBuilder g, Value v) {
        return g.apply(new Shaping.Reshape(false), v, g.longs(-1));
    }

    /// `value`, a scalar of its type, at every place of a tensor shaped as `like`.
    static Value filled(GraphBuilder g, DType dtype, double value, Value like) {
        return g.apply(
                new Generators.ConstantOfShape(Tensor.scalar(dtype, value).reshape(1)), extents(g, like));
    }

    /// `v` with its axes in another order.
    static Value transposed(GraphBuilder g, Value v, Integer... perm) {
        return g.apply(new Arranging.Transpose(List.of(perm)), v);
    }
}
