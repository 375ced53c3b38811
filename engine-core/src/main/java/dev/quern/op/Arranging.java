package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.kernel.View;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Operators whose result is operand 0 seen through other strides: nothing is computed or copied.
public sealed interface Arranging extends PrimitiveOp {

    /// The result as a view of `x`, which is operand 0.
    View window(View x, Operands in);

    @Override
    default List<Tensor> evaluate(List<Tensor> in) {
        return List.of(Strided.read(in.get(0), window(Strided.dense(in.get(0)), Operands.ofValues(in))));
    }

    @Override
    default void lower(Lowering l) {
        l.alias(0, window(l.input(0), new BoundOperands(l)));
    }

    /// Axis `k` of the result is axis `perm[k]` of the operand; without `perm`, all axes reversed. ONNX Transpose,
    /// opset 21.
    record Transpose(List<Integer> perm) implements Arranging {
        public Transpose {
            perm = List.copyOf(perm);
        }

        public Transpose(int... perm) {
            this(Arrays.stream(perm).boxed().toList());
        }

        /// Axes 0 … rank−1 with the last two swapped.
        static Transpose lastTwo(int rank) {
            if (rank < 2) {
                throw new ShapeException("a matrix is needed, not a tensor of rank " + rank);
            }
            int[] perm = Axes.all(rank);
            perm[rank - 2] = rank - 1;
            perm[rank - 1] = rank - 2;
            return new Transpose(perm);
        }

        private int[] order(int rank) {
            if (perm.isEmpty()) {
                return IntStream.range(0, rank).map(i -> rank - 1 - i).toArray();
            }
            if (perm.size() != rank) {
                throw new ShapeException("perm " + perm + " must list each of the " + rank + " axes once");
            }
            return Axes.of(perm, rank);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(1, 1);
            Shape x = in.shape(0);
            return List.of(
                    Shape.of(Arrays.stream(order(x.rank())).mapToObj(x::dim).toList()));
        }

        @Override
        public View window(View x, Operands in) {
            return x.permute(order(x.rank()));
        }

        @Override
        public void gradient(Adjoint a) {
            Transpose back = perm.isEmpty() ? this : new Transpose(Axes.inverse(order(perm.size())));
            a.give(0, a.graph().apply(back, a.cotangent(0).orElseThrow()));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Transpose(), Example.f32(2, 3, 4)),
                    Example.of(new Transpose(1, 2, 0), Example.f32(2, 3, 4)),
                    Example.of(new Transpose(0, 2, 1, 3), Example.f32(2, 3, 1, 5)),
                    Example.of(new Transpose(), Example.f32()),
                    Example.of(new Transpose(1, 0), Example.f32(0, 3)));
        }
    }

    /// Operand 0 broadcast with the shape that operand 1 lists. ONNX Expand, opset 13.
    record Expand() implements Arranging {
        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(2, 2);
            Shape x = in.shape(0);
            Optional<long[]> wanted = in.longs(1);
            if (wanted.isPresent()) {
                return List.of(x.broadcast(Shape.of(wanted.get())));
            }
            Dim rank = in.shape(1).dim(0);
            return List.of(rank.isFixed() ? Shape.ofRank(Math.max(x.rank(), (int) rank.extent())) : Shape.UNRANKED);
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1);
        }

        @Override
        public View window(View x, Operands in) {
            return x.expand(shapes(in).getFirst().intExtents());
        }

        @Override
        public void gradient(Adjoint a) {
            a.give(0, a.graph().apply(new Reductions.SumTo(), a.cotangent(0).orElseThrow(), a.input(0)));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Expand(), Example.f32(3, 1), Example.longs(2, 1, 6)),
                    Example.of(new Expand(), Example.f32(3, 1), Example.longs(1)),
                    Example.of(new Expand(), Example.f32(), Example.longs(2, 2)),
                    Example.of(new Expand(), Example.f32(1, 2), Example.longs(0, 1)));
        }
    }

    /// Operand 0 from `starts` (operand 1) to `ends` (2, exclusive) in `steps` (4) along `axes` (3); the last two
    /// may be left out (the first axes; 1). Negative positions count from the end, those outside are clamped. ONNX
    /// Slice, opset 13.
    record Slice() implements Arranging {
        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(3, 5);
            return List.of(Ranges.shape(in.shape(0), in, 1));
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1, 2, 3, 4);
        }

        @Override
        public View window(View x, Operands in) {
            return Ranges.slice(x, in, 1);
        }

        @Override
        public void gradient(Adjoint a) {
            List<Value> in = new ArrayList<>();
            in.add(a.cotangent(0).orElseThrow());
            for (int i = 0; i < a.inputs(); i++) {
                in.add(a.input(i));
            }
            a.give(0, a.graph().apply(new Placing.IntoSlice(), in).getFirst());
        }

        static Stream<Example> examples() {
            long far = Long.MAX_VALUE;
            return Stream.of(
                    Example.of(new Slice(), Example.f32(5, 4), Example.longs(1, 0), Example.longs(4, far)),
                    Example.of(
                            new Slice(),
                            Example.f32(5, 4, 3),
                            Example.longs(-2),
                            Example.longs(far),
                            Example.longs(-1)),
                    Example.of(
                            new Slice(),
                            Example.f32(7, 4),
                            Example.longs(-1, 3),
                            Example.longs(-far, 0),
                            Example.longs(0, 1),
                            Example.longs(-2, -1)),
                    Example.of(new Slice(), Example.f32(3), Example.longs(2), Example.longs(1), Example.longs(0)));
        }
    }

    /// Operand 0 reversed along `axes`.
    record Flip(List<Integer> axes) implements Arranging {
        public Flip {
            axes = List.copyOf(axes);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(1, 1);
            Axes.of(axes, in.shape(0).rank());
            return List.of(in.shape(0));
        }

        @Override
        public View window(View x, Operands in) {
            View v = x;
            for (int a : Axes.of(axes, x.rank())) {
                v = v.slice(a, v.dim(a) - 1, v.dim(a), -1);
            }
            return v;
        }

        @Override
        public void gradient(Adjoint a) {
            a.give(0, a.graph().apply(this, a.cotangent(0).orElseThrow()));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Flip(List.of(0, -1)), Example.f32(2, 3, 4)),
                    Example.of(new Flip(List.of(1)), Example.f32(2, 0)));
        }
    }

    /// The elements of operand 0 whose positions along axes `keep` and `drop` are equal, without axis `drop`.
    record Diagonal(int keep, int drop) implements Arranging {
        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(1, 1);
            Shape x = in.shape(0);
            Dim both = x.dim(keep).unify(x.dim(drop));
            return List.of(Shape.of(Arrays.stream(Axes.others(new int[] {drop}, x.rank()))
                    .mapToObj(a -> a == keep ? both : x.dim(a))
                    .toList()));
        }

        @Override
        public View window(View x, Operands in) {
            return diagonal(x, keep, drop);
        }

        static View diagonal(View x, int keep, int drop) {
            int[] axes = Axes.others(new int[] {drop}, x.rank());
            int[] strides = Arrays.stream(axes)
                    .map(a -> a == keep ? x.stride(keep) + x.stride(drop) : x.stride(a))
                    .toArray();
            return View.of(
                    x.buffer(),
                    x.dtype(),
                    x.offset(),
                    Arrays.stream(axes).map(x::dim).toArray(),
                    strides);
        }

        @Override
        public void gradient(Adjoint a) {
            a.give(
                    0,
                    a.graph()
                            .apply(
                                    new Placing.OnDiagonal(keep, drop),
                                    a.cotangent(0).orElseThrow(),
                                    a.input(0)));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Diagonal(0, 1), Example.f32(3, 3)),
                    Example.of(new Diagonal(2, 0), Example.f32(3, 2, 3)));
        }
    }
}
