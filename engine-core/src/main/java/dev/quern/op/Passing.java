package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Operators that hand their operand through: views, nothing is computed.
public sealed interface Passing extends PrimitiveOp {

    @Override
    default List<Shape> shapes(Operands in) {
        in.requireSize(1, 1);
        return List.of(in.shape(0));
    }

    @Override
    default List<Tensor> evaluate(List<Tensor> in) {
        return List.of(in.getFirst());
    }

    @Override
    default void gradient(Adjoint a) {
        if (a.wants(0)) {
            a.cotangent(0).ifPresent(dy -> a.give(0, dy));
        }
    }

    @Override
    default void lower(Lowering l) {
        l.alias(0, l.input(0));
    }

    /// ONNX Identity, opset 25, of tensors.
    record Identity() implements Passing {
        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Identity(), Example.f32(2, 3)),
                    Example.of(new Identity(), Example.operand(DType.BOOL, 0)));
        }
    }

    /// Dropout as inference runs it: the operand, and a mask that keeps every element. In training,
    /// [RandomDropout.Masked] takes its place; `ratio` and `seed` are kept for that. ONNX Dropout, opset 22.
    record Dropout(double ratio, long seed) implements Passing {
        @Override
        public List<DType> dtypes(Operands in) {
            return List.of(in.dtype(0), DType.BOOL);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(1, 1);
            return List.of(in.shape(0), in.shape(0));
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor mask = Tensor.zeros(DType.BOOL, in.getFirst().shape());
            for (int i = 0; i < mask.length(); i++) {
                mask.elements().set(i, 1);
            }
            return List.of(in.getFirst(), mask);
        }

        @Override
        public void lower(Lowering l) {
            l.alias(0, l.input(0));
            l.alias(1, Fill.constant(l, DType.BOOL, 1, l.input(0).dims()));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(new Dropout(0.5, 0), Example.f32(2, 3)));
        }
    }
}
