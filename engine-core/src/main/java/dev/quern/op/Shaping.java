package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Operators whose result holds the operand's elements, in the same row-major order, under other dims. A view where
/// strides can say it, else a copy.
public sealed interface Shaping extends PrimitiveOp {

    @Override
    default List<Tensor> evaluate(List<Tensor> in) {
        return List.of(in.get(0).reshape(shapes(Operands.ofValues(in)).getFirst()));
    }

    @Override
    default void gradient(Adjoint a) {
        if (a.wants(0)) {
            a.give(0, a.graph().apply(new ReshapeLike(), a.cotangent(0).orElseThrow(), a.input(0)));
        }
    }

    @Override
    default void lower(Lowering l) {
        l.alias(0, l.reshaped(0, shapes(new BoundOperands(l)).getFirst().intExtents()));
    }

    /// Operand 0 under the dims that operand 1 lists: −1 stands for the one that follows from the number of
    /// elements, 0 for the operand's dim at the same place unless `allowZero`. ONNX Reshape, opset 21.
    record Reshape(boolean allowZero) implements Shaping {
        public Reshape() {
            this(false);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(2, 2);
            Optional<long[]> wanted = in.longs(1);
            if (wanted.isPresent()) {
                return List.of(target(in.shape(0), wanted.get()));
            }
            Dim rank = in.shape(1).dim(0);
            return List.of(rank.isFixed() ? Shape.ofRank((int) rank.extent()) : Shape.UNRANKED);
        }

        /// Where nothing is known of the operand, the wanted extents still say something.
        @Override
        public List<Type> infer(Operands in) {
            Optional<long[]> wanted = in.size() == 2 ? in.longs(1) : Optional.empty();
            if (wanted.isEmpty() || in.shape(0).isRanked()) {
                return Shaping.super.infer(in);
            }
            List<Dim> dims = Arrays.stream(wanted.get())
                    .mapToObj(d -> d > 0 ? Dim.of(d) : Dim.UNKNOWN)
                    .toList();
            return List.of(Type.tensor(in.dtype(0), Shape.of(dims)));
        }

        private Shape target(Shape x, long[] wanted) {
            List<Dim> dims = new ArrayList<>();
            int open = -1;
            for (int i = 0; i < wanted.length; i++) {
                if (wanted[i] == 0 && !allowZero) {
                    if (i >= x.rank()) {
                        throw new ShapeException("a 0 at place " + i + " of " + Arrays.toString(wanted)
                                + " copies a dimension that " + x + " does not have");
                    }
                    dims.add(x.dim(i));
                } else if (wanted[i] == -1 && open < 0) {
                    open = i;
                    dims.add(Dim.UNKNOWN);
                } else if (wanted[i] >= 0) {
                    dims.add(Dim.of(wanted[i]));
                } else {
                    throw new ShapeException("a shape has dimensions of at least 0 and at most one -1, unlike "
                            + Arrays.toString(wanted));
                }
            }
            Shape out = Shape.of(dims);
            if (open >= 0) {
                return out.with(open, remaining(x, wanted, dims, open));
            }
            requireSameSize(x, out);
            return out;
        }

        /// What is left for the dim at `open`; dims that both sides share cancel first, so that symbols may
        /// pass.
        private static Dim remaining(Shape x, long[] wanted, List<Dim> dims, int open) {
            if (x.isConcrete()) {
                long others = 1;
                for (int i = 0; i < dims.size(); i++) {
                    others *= i == open ? 1 : dims.get(i).extent();
                }
                long size = x.elements();
                if (others == 0 || size % others != 0) {
                    throw new ShapeException(
                            "the " + size + " elements of " + x + " do not fill " + Arrays.toString(wanted));
                }
                return Dim.of(size / others);
            }
            List<Dim> have = new ArrayList<>(x.dims());
            long fixed = 1;
            for (int i = 0; i < dims.size(); i++) {
                Dim d = dims.get(i);
                if (i != open && d.isFixed()) {
                    fixed *= d.extent();
                } else if (i != open && !have.remove(d)) {
                    return Dim.UNKNOWN;
                }
            }
            Dim product = Dim.of(1);
            long fixedHave = 1;
            for (Dim d : have) {
                if (d.isFixed()) {
                    fixedHave *= d.extent();
                } else {
                    product = product.times(d);
                }
            }
            boolean divides = fixed != 0 && fixedHave % fixed == 0;
            return divides ? product.times(fixedHave / fixed) : Dim.UNKNOWN;
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1);
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Reshape(), Example.f32(2, 3, 4), Example.longs(4, 6)),
                    Example.of(new Reshape(), Example.f32(2, 3, 4), Example.longs(0, -1)),
                    Example.of(new Reshape(), Example.f32(5), Example.longs(-1, 1, 5)),
                    Example.of(new Reshape(), Example.f32(1, 1), Example.longs()),
                    Example.of(new Reshape(), Example.f32(0, 3), Example.longs(0, 7)),
                    Example.of(new Reshape(true), Example.f32(2, 0, 3), Example.longs(3, 0)));
        }
    }

    /// Operand 0 under the dims of operand 1, whose value is not read: the adjoint of reshaping.
    record ReshapeLike() implements Shaping {
        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(2, 2);
            requireSameSize(in.shape(0), in.shape(1));
            return List.of(in.shape(1));
        }

        @Override
        public Set<Integer> likeOperands() {
            return Set.of(1);
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new ReshapeLike(), Example.f32(2, 6), Example.f32(3, 4).notDifferentiable()));
        }
    }

    /// A matrix: the axes before `axis` as rows, those from it on as columns. ONNX Flatten, opset 21.
    record Flatten(int axis) implements Shaping {
        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(1, 1);
            Shape x = in.shape(0);
            int at = axis == x.rank() ? axis : x.rank() == 0 && axis == 0 ? 0 : x.axis(axis);
            return List.of(Shape.of(x.slice(0, at).size(), x.slice(at, x.rank()).size()));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Flatten(1), Example.f32(2, 3, 4)),
                    Example.of(new Flatten(-1), Example.f32(2, 3, 4)),
                    Example.of(new Flatten(3), Example.f32(2, 3, 4)),
                    Example.of(new Flatten(0), Example.f32(2, 0)));
        }
    }

    /// Without the axes that operand 1 lists, whose extents must be 1; without operand 1, without every such axis.
    /// ONNX Squeeze, opset 21.
    record Squeeze() implements Shaping {
        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(1, 2);
            Shape x = in.shape(0);
            if (in.size() == 1) {
                boolean clear = x.dims().stream().allMatch(Dim::isFixed);
                return List.of(
                        clear ? Shape.of(x.dims().stream().filter(d -> !d.is(1)).toList()) : Shape.UNRANKED);
            }
            Optional<long[]> axes = in.longs(1);
            if (axes.isEmpty()) {
                Dim n = in.shape(1).rank() == 0 ? Dim.of(1) : in.shape(1).dim(0);
                return List.of(n.isFixed() ? Shape.ofRank(x.rank() - (int) n.extent()) : Shape.UNRANKED);
            }
            int[] gone = Axes.of(axes.get(), x.rank());
            for (int a : gone) {
                if (x.dim(a).isFixed() && !x.dim(a).is(1)) {
                    throw new ShapeException("axis " + a + " of " + x + " is not 1 and cannot be squeezed");
                }
            }
            return List.of(Shape.of(
                    Arrays.stream(Axes.others(gone, x.rank())).mapToObj(x::dim).toList()));
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1);
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Squeeze(), Example.f32(1, 3, 1, 5), Example.longs(0, -2)),
                    Example.of(new Squeeze(), Example.f32(1, 3, 1), Example.longs(2)),
                    Example.of(new Squeeze(), Example.f32(3, 2), Example.longs()));
        }
    }

    /// With axes of extent 1 at the places of the result that operand 1 lists. ONNX Unsqueeze, opset 21.
    record Unsqueeze() implements Shaping {
        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(2, 2);
            Shape x = in.shape(0);
            Optional<long[]> axes = in.longs(1);
            if (axes.isEmpty()) {
                Dim n = in.shape(1).rank() == 0 ? Dim.of(1) : in.shape(1).dim(0);
                return List.of(n.isFixed() ? Shape.ofRank(x.rank() + (int) n.extent()) : Shape.UNRANKED);
            }
            int rank = x.rank() + axes.get().length;
            Dim[] dims = new Dim[rank];
            Arrays.fill(dims, Dim.of(1));
            int[] kept = Axes.others(Axes.of(axes.get(), rank), rank);
            for (int i = 0; i < kept.length; i++) {
                dims[kept[i]] = x.dim(i);
            }
            return List.of(Shape.of(dims));
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1);
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Unsqueeze(), Example.f32(3, 4), Example.longs(0, -1)),
                    Example.of(new Unsqueeze(), Example.f32(3, 4), Example.longs(2, 1)),
                    Example.of(new Unsqueeze(), Example.f32(), Example.longs(0)));
        }
    }

    /// `v` under the very dims of `like`, which it has, but may not be known to have.
    static Value like(GraphBuilder g, Value v, Value like) {
        return v.type().equals(like.type()) ? v : g.apply(new ReshapeLike(), v, like);
    }

    private static void requireSameSize(Shape x, Shape out) {
        if (x.isConcrete() && out.isConcrete() && x.elements() != out.elements()) {
            throw new ShapeException("the " + x.elements() + " elements of " + x + " do not fill " + out
                    + ", which has " + out.elements());
        }
    }
}
