package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Operators that move or repeat elements block by block.
public sealed interface Tiling extends PrimitiveOp {

    /// A result that is the row-major order of a view of operand 0.
    sealed interface Rearranging extends Tiling {
        /// The view, of any rank.
        View window(View x, Operands in);

        @Override
        default List<Tensor> evaluate(List<Tensor> in) {
            Operands known = Operands.ofValues(in);
            Tensor moved = Strided.read(in.get(0), window(Strided.dense(in.get(0)), known));
            return List.of(moved.reshape(shapes(known).getFirst()));
        }

        @Override
        default void lower(Lowering l) {
            View from = window(l.input(0), new BoundOperands(l));
            View out = l.output(0);
            l.copy(from, View.dense(out.buffer(), out.dtype(), from.dims()));
        }
    }

    /// How the channels of depth and space are ordered.
    enum Order {
        /// Block position first, then channel.
        DCR,
        /// Channel first, then block position.
        CRD
    }

    /// Operand 0 repeated along each axis as often as operand 1 says. ONNX Tile, opset 13.
    record Tile() implements Rearranging {
        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(2, 2);
            Shape x = in.shape(0);
            Optional<long[]> repeats = in.longs(1);
            if (repeats.isEmpty()) {
                return List.of(Shape.ofRank(x.rank()));
            }
            if (repeats.get().length != x.rank()) {
                throw new ShapeException(
                        "one repeat is needed for each of the " + x.rank() + " axes, not " + repeats.get().length);
            }
            return List.of(Shape.of(IntStream.range(0, x.rank())
                    .mapToObj(i -> x.dim(i).times(repeats.get()[i]))
                    .toList()));
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1);
        }

        @Override
        public View window(View x, Operands in) {
            long[] repeats = in.longs(1).orElseThrow();
            int[] dims = new int[2 * x.rank()];
            int[] strides = new int[2 * x.rank()];
            for (int i = 0; i < x.rank(); i++) {
                dims[2 * i] = (int) repeats[i];
                dims[2 * i + 1] = x.dim(i);
                strides[2 * i + 1] = x.stride(i);
            }
            return View.of(x.buffer(), x.dtype(), x.offset(), dims, strides);
        }

        @Override
        public void gradient(Adjoint a) {
            Value dy = a.cotangent(0).orElseThrow();
            a.give(0, a.graph().apply(new TileGrad(), dy, a.input(0), a.input(1)));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Tile(), Example.f32(2, 3), Example.longs(2, 1)),
                    Example.of(new Tile(), Example.f32(2, 1, 3), Example.longs(1, 3, 2)),
                    Example.of(new Tile(), Example.f32(2), Example.longs(0)),
                    Example.of(new Tile(), Example.f32(), Example.longs()));
        }
    }

    /// The adjoint of [Tile]: operand 0 summed over its repetitions, as many as operand 2 says, of a tensor with
    /// the dims of operand 1.
    record TileGrad() implements Tiling {
        @Override
        public Set<Integer> likeOperands() {
            return Set.of(1);
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(2);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(3, 3);
            return List.of(in.shape(1));
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor dy = in.get(0);
            int[] dims = in.get(1).shape().intExtents();
            double[] sums = new double[in.get(1).length()];
            Positions p = new Positions(dy.shape().intExtents());
            for (int i = 0; i < dy.length(); i++, p.next()) {
                int at = 0;
                for (int axis = 0; axis < dims.length; axis++) {
                    at = at * dims[axis] + (int) (p.index()[axis] % dims[axis]);
                }
                sums[at] += dy.getDouble(i);
            }
            return List.of(Tensors.of(dy.dtype(), in.get(1).shape(), sums));
        }

        @Override
        public void gradient(Adjoint a) {
            a.give(0, a.graph().apply(new Tile(), a.cotangent(0).orElseThrow(), a.input(2)));
        }

        @Override
        public void lower(Lowering l) {
            int[] dims = l.input(1).dims();
            View out = l.output(0);
            if (out.length() == 0) {
                return;
            }
            int[] split = new int[2 * dims.length];
            for (int i = 0; i < dims.length; i++) {
                split[2 * i] = l.input(0).dim(i) / dims[i];
                split[2 * i + 1] = dims[i];
            }
            int[] order = IntStream.range(0, split.length)
                    .map(i -> i < dims.length ? 2 * i + 1 : 2 * (i - dims.length))
                    .toArray();
            Expr sum = Expr.arg(0, out.dtype().computeType());
            l.emit(new Kernel.Reduce(
                    List.of(l.reshaped(0, split).permute(order)),
                    dims.length,
                    Expr.arg(0, out.dtype()).castTo(out.dtype().computeType()),
                    Reducer.SUM,
                    List.of(),
                    List.of(sum.castTo(out.dtype())),
                    List.of(out)));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new TileGrad(), Example.f32(4, 3), Example.f32(2, 1).notDifferentiable(), Example.longs(2, 3)));
        }
    }

    /// Blocks of channels as `size` × `size` squares of pixels: [N, C·size², H, W] to [N, C, H·size, W·size]. ONNX
    /// DepthToSpace, opset 13.
    record DepthToSpace(int size, Order order) implements Rearranging {
        @Override
        public List<Shape> shapes(Operands in) {
            Shape x = requireImages(in);
            int block = size * size;
            requireDivides(x.dim(1), block);
            return List.of(Shape.of(
                    x.dim(0),
                    x.dim(1).dividedBy(block),
                    x.dim(2).times(size),
                    x.dim(3).times(size)));
        }

        @Override
        public View window(View x, Operands in) {
            int c = x.dim(1) / (size * size);
            return switch (order) {
                case DCR ->
                    Strided.as(x, x.dim(0), size, size, c, x.dim(2), x.dim(3)).permute(0, 3, 4, 1, 5, 2);
                case CRD ->
                    Strided.as(x, x.dim(0), c, size, size, x.dim(2), x.dim(3)).permute(0, 1, 4, 2, 5, 3);
            };
        }

        @Override
        public void gradient(Adjoint a) {
            a.give(
                    0,
                    a.graph()
                            .apply(new SpaceToDepth(size, order), a.cotangent(0).orElseThrow()));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new DepthToSpace(2, Order.DCR), Example.f32(2, 8, 2, 3)),
                    Example.of(new DepthToSpace(2, Order.CRD), Example.f32(1, 8, 2, 3)));
        }
    }

    /// `size` × `size` squares of pixels as channels: [N, C, H·size, W·size] to [N, C·size², H, W]. ONNX
    /// SpaceToDepth, opset 13.
    record SpaceToDepth(int size, Order order) implements Rearranging {
        @Override
        public List<Shape> shapes(Operands in) {
            Shape x = requireImages(in);
            requireDivides(x.dim(2), size);
            requireDivides(x.dim(3), size);
            return List.of(Shape.of(
                    x.dim(0),
                    x.dim(1).times((long) size * size),
                    x.dim(2).dividedBy(size),
                    x.dim(3).dividedBy(size)));
        }

        @Override
        public View window(View x, Operands in) {
            View v = Strided.as(x, x.dim(0), x.dim(1), x.dim(2) / size, size, x.dim(3) / size, size);
            return switch (order) {
                case DCR -> v.permute(0, 3, 5, 1, 2, 4);
                case CRD -> v.permute(0, 1, 3, 5, 2, 4);
            };
        }

        @Override
        public void gradient(Adjoint a) {
            a.give(
                    0,
                    a.graph()
                            .apply(new DepthToSpace(size, order), a.cotangent(0).orElseThrow()));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new SpaceToDepth(2, Order.DCR), Example.f32(2, 3, 4, 6)),
                    Example.of(new SpaceToDepth(3, Order.CRD), Example.f32(1, 2, 3, 6)));
        }
    }

    private static Shape requireImages(Operands in) {
        in.requireSize(1, 1);
        if (in.shape(0).rank() != 4) {
            throw new ShapeException("images [N, C, H, W] are needed, not " + in.tensor(0));
        }
        return in.shape(0);
    }

    private static void requireDivides(Dim dim, int n) {
        if (dim.isFixed() && dim.extent() % n != 0) {
            throw new ShapeException("dimension " + dim + " must be a multiple of " + n);
        }
    }
}
