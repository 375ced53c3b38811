package dev.quern.op;

import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.ShapeValues;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Operators whose result (`i64`) says something of the operand's shape; the operand's elements are not read.
public sealed interface ShapeQueries extends PrimitiveOp, ShapeValues.ShapeOf {

    @Override
    default Set<Integer> likeOperands() {
        return Set.of(0);
    }

    @Override
    default List<DType> dtypes(Operands in) {
        in.requireSize(1, 1);
        return List.of(DType.I64);
    }

    @Override
    default List<Tensor> evaluate(List<Tensor> in) {
        return List.of(value(in.get(0).type()).orElseThrow());
    }

    @Override
    default boolean isDifferentiable() {
        return false;
    }

    @Override
    default void lower(Lowering l) {
        l.alias(0, l.constant(value(new BoundOperands(l).type(0)).orElseThrow()));
    }

    /// The extents of the axes from `start` to `end` (exclusive), which may count from the end and are clamped.
    /// ONNX Shape, opset 21.
    record ShapeOf(long start, long end) implements ShapeQueries {
        /// All extents.
        public ShapeOf() {
            this(0, Long.MAX_VALUE);
        }

        @Override
        public String name() {
            return "Shape";
        }

        private Shape part(Shape x) {
            int rank = x.rank();
            int from = Math.clamp(start < 0 ? start + rank : start, 0, rank);
            int to = Math.clamp(end < 0 ? end + rank : end, 0, rank);
            return x.slice(from, Math.max(from, to));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            return List.of(Shape.of(part(in.shape(0)).rank()));
        }

        @Override
        public Optional<Tensor> value(Type operand) {
            Shape x = operand.asTensor().shape();
            if (!x.isRanked() || !part(x).isConcrete()) {
                return Optional.empty();
            }
            return Optional.of(Tensor.of(part(x).extents(), part(x).rank()));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new ShapeOf(), Example.f32(2, 3, 4)),
                    Example.of(new ShapeOf(-2, Long.MAX_VALUE), Example.f32(2, 3, 4)),
                    Example.of(new ShapeOf(2, 1), Example.f32(2, 3, 4)),
                    Example.of(new ShapeOf(), Example.f32()));
        }
    }

    /// The number of elements, a scalar. ONNX Size, opset 21.
    record Size() implements ShapeQueries {
        @Override
        public List<Shape> shapes(Operands in) {
            return List.of(Shape.SCALAR);
        }

        @Override
        public Optional<Tensor> value(Type operand) {
            Shape x = operand.asTensor().shape();
            Dim size = x.isRanked() ? x.size() : Dim.UNKNOWN;
            return size.isFixed() ? Optional.of(Tensor.scalar(DType.I64, size.extent())) : Optional.empty();
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(new Size(), Example.f32(2, 3)), Example.of(new Size(), Example.f32(2, 0)));
        }
    }
}
