package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.kernel.View;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Zeros with the dims of operand 1, whose value is not read, and the elements of operand 0 at some places: the
/// adjoints of the views in [Arranging].
public sealed interface Placing extends PrimitiveOp {

    /// The places in `whole` that receive the elements of operand 0.
    View window(View whole, Operands in);

    @Override
    default Set<Integer> likeOperands() {
        return Set.of(1);
    }

    @Override
    default List<Shape> shapes(Operands in) {
        return List.of(in.shape(1));
    }

    @Override
    default List<Tensor> evaluate(List<Tensor> in) {
        Tensor out = Tensor.zeros(in.get(0).dtype(), in.get(1).shape());
        Strided.write(in.get(0), out, window(Strided.dense(out), Operands.ofValues(in)));
        return List.of(out);
    }

    @Override
    default void lower(Lowering l) {
        View out = l.output(0);
        Fill.zero(l, out);
        l.copy(l.input(0), window(out, new BoundOperands(l)));
    }

    /// Operands as of [Arranging.Slice] from 1 on: operand 0 is where the slice of the result is.
    record IntoSlice() implements Placing {
        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(2, 3, 4, 5);
        }

        @Override
        public View window(View whole, Operands in) {
            return Ranges.slice(whole, in, 2);
        }

        @Override
        public void gradient(Adjoint a) {
            List<Value> in = new ArrayList<>();
            in.add(a.cotangent(0).orElseThrow());
            for (int i = 2; i < a.inputs(); i++) {
                in.add(a.input(i));
            }
            Value part = a.graph().apply(new Arranging.Slice(), in).getFirst();
            a.give(0, Shaping.like(a.graph(), part, a.input(0)));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new IntoSlice(),
                    Example.f32(2, 2),
                    Example.f32(5, 2).notDifferentiable(),
                    Example.longs(4),
                    Example.longs(0),
                    Example.longs(0),
                    Example.longs(-2)));
        }
    }

    /// Operand 0 on the diagonal of axes `keep` and `drop`.
    record OnDiagonal(int keep, int drop) implements Placing {
        @Override
        public View window(View whole, Operands in) {
            return Arranging.Diagonal.diagonal(whole, keep, drop);
        }

        @Override
        public void gradient(Adjoint a) {
            a.give(
                    0,
                    a.graph()
                            .apply(
                                    new Arranging.Diagonal(keep, drop),
                                    a.cotangent(0).orElseThrow()));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new OnDiagonal(1, 0),
                    Example.f32(3, 2),
                    Example.f32(3, 3, 2).notDifferentiable()));
        }
    }
}
