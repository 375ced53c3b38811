package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Operators that add positions before and after those of an operand, or, with negative numbers, take some away.
///
/// Operands from 1 on: the pads, all those before the axes' positions and then all those after; the value of new
/// elements, one element of operand 0's type (read in mode CONSTANT only); and, if there is a last one, the axes.
public sealed interface Padding extends PrimitiveOp {

    /// Where new elements come from.
    enum Mode {
        /// From the value given.
        CONSTANT,
        /// Mirrored at the outermost element, which is not repeated.
        REFLECT,
        /// From the outermost element.
        EDGE,
        /// From the other end.
        WRAP;

        /// The position in an axis of extent `dim` that position `at`, which may lie outside, stands for; −1
        /// for none.
        private int source(int at, int dim) {
            if (at >= 0 && at < dim) {
                return at;
            }
            return switch (this) {
                case CONSTANT -> -1;
                case EDGE -> Math.clamp(at, 0, dim - 1);
                case WRAP -> Math.floorMod(at, dim);
                case REFLECT -> {
                    int period = Math.max(1, 2 * (dim - 1));
                    int m = Math.floorMod(at, period);
                    yield m < dim ? m : period - m;
                }
            };
        }
    }

    /// Operand 0 with pads. ONNX Pad, opset 21.
    record Pad(Mode mode) implements Padding {
        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(3, 4);
            in.require(2, in.dtype(0));
            return List.of(in.dtype(0));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            Shape x = in.shape(0);
            Optional<int[][]> pads = pads(in, x.rank(), 1);
            if (pads.isEmpty()) {
                return List.of(Shape.ofRank(x.rank()));
            }
            List<Dim> dims = new ArrayList<>();
            for (int i = 0; i < x.rank(); i++) {
                int low = pads.get()[0][i];
                int high = pads.get()[1][i];
                Dim d = x.dim(i);
                if (d.isFixed()
                        && (d.extent() + low + high < 0 || (d.is(0) && mode != Mode.CONSTANT && low + high > 0))) {
                    throw new ShapeException("axis " + i + " of " + x + " cannot be padded by " + low + " and " + high
                            + " in mode " + mode.name().toLowerCase(java.util.Locale.ROOT));
                }
                dims.add(d.plus((long) low + high));
            }
            return List.of(Shape.of(dims));
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1, 3);
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor x = in.get(0);
            Operands known = Operands.ofValues(in);
            Tensor out = Tensor.zeros(x.dtype(), shapes(known).getFirst());
            int[] low = pads(known, x.rank(), 1).orElseThrow()[0];
            int[] from = sources(mode, low, x.shape().intExtents(), out.shape().intExtents());
            for (int i = 0; i < from.length; i++) {
                if (from[i] < 0) {
                    out.elements().copy(i, in.get(2).elements(), 0);
                } else {
                    out.elements().copy(i, x.elements(), from[i]);
                }
            }
            return List.of(out);
        }

        /// The adjoint of constant padding is padding by the opposite numbers; what it leaves out belongs to
        /// the constant.
        @Override
        public void gradient(Adjoint a) {
            GraphBuilder g = a.graph();
            Value dy = a.cotangent(0).orElseThrow();
            List<Value> in = new ArrayList<>();
            in.add(dy);
            if (mode == Mode.CONSTANT) {
                in.add(g.apply(Arithmetic.NEG, a.input(1)));
                in.add(g.scalar(dy.dtype(), 0));
            } else {
                in.add(a.input(0));
                in.add(a.input(1));
            }
            if (a.inputs() == 4) {
                in.add(a.input(3));
            }
            Value dx = g.apply(mode == Mode.CONSTANT ? this : new PadGrad(mode), in)
                    .getFirst();
            if (a.wants(0)) {
                a.give(0, Shaping.like(g, dx, a.input(0)));
            }
            if (a.wants(2)) {
                Reduce sum = new Reduce(Reduce.Kind.SUM, false);
                Value padded = mode == Mode.CONSTANT
                        ? g.apply(Arithmetic.SUB, g.apply(sum, dy), g.apply(sum, dx))
                        : g.scalar(dy.dtype(), 0);
                a.give(2, Shaping.like(g, padded, a.input(2)));
            }
        }

        @Override
        public void lower(Lowering l) {
            View x = l.input(0);
            View out = l.output(0);
            int[] low = pads(new BoundOperands(l), x.rank(), 1).orElseThrow()[0];
            if (mode == Mode.CONSTANT) {
                Fill.with(l, l.input(2), out);
            }
            copyRuns(l, x, out, low, 0);
        }

        /// Copies every block of `out` whose positions along each axis from `axis` on come from a run of `x`.
        private void copyRuns(Lowering l, View x, View out, int[] low, int axis) {
            if (axis == low.length) {
                l.copy(x, out);
                return;
            }
            for (Run r : runs(low[axis], x.dim(axis), out.dim(axis))) {
                View from = x.slice(axis, r.source, r.count, r.step);
                copyRuns(l, from, out.slice(axis, r.start, r.count, 1), low, axis + 1);
            }
        }

        /// The positions 0 … extent−1 of one axis as the fewest runs with a source of constant step.
        private List<Run> runs(int low, int dim, int extent) {
            List<Run> runs = new ArrayList<>();
            int at = 0;
            while (at < extent) {
                int source = mode.source(at - low, dim);
                int count = 1;
                int step = 0;
                while (source >= 0 && at + count < extent) {
                    int next = mode.source(at + count - low, dim);
                    int last = mode.source(at + count - 1 - low, dim);
                    if (next < 0 || Math.abs(next - last) > 1 || (count > 1 && next - last != step)) {
                        break;
                    }
                    step = next - last;
                    count++;
                }
                if (source >= 0) {
                    runs.add(new Run(at, count, source, step));
                }
                at += count;
            }
            return runs;
        }

        private record Run(int start, int count, int source, int step) {}

        static Stream<Example> examples() {
            Example.Operand two =
                    Example.fixed(Tensor.scalar(DType.F32, 2.0)).asConstant().notDifferentiable();
            return Stream.of(
                    Example.of(new Pad(Mode.CONSTANT), Example.f32(2, 3), Example.longs(1, 0, 0, 2), two),
                    Example.of(new Pad(Mode.CONSTANT), Example.f32(4, 3), Example.longs(-1, 1, -2, 0), two),
                    Example.of(
                            new Pad(Mode.CONSTANT), Example.f32(2, 1, 3), Example.longs(1, 2), two, Example.longs(-2)),
                    Example.of(new Pad(Mode.REFLECT), Example.f32(2, 4), Example.longs(1, 2, 0, 7), two),
                    Example.of(new Pad(Mode.EDGE), Example.f32(2, 3), Example.longs(2, 1, 0, 3), two),
                    Example.of(new Pad(Mode.WRAP), Example.f32(3, 2), Example.longs(4, 0, 1, -1), two));
        }
    }

    /// The adjoint of [Pad] other than constant: operand 0 summed into zeros with the dims of operand 1, each
    /// element where it came from. Operand 2 are the pads, operand 3, if any, the axes.
    record PadGrad(Mode mode) implements Padding {
        @Override
        public Set<Integer> likeOperands() {
            return Set.of(1);
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(2, 3);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(3, 4);
            return List.of(in.shape(1));
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor dy = in.get(0);
            double[] sums = new double[in.get(1).length()];
            int[] from = sources(Operands.ofValues(in));
            for (int i = 0; i < from.length; i++) {
                sums[from[i]] += dy.getDouble(i);
            }
            return List.of(Tensors.of(dy.dtype(), in.get(1).shape(), sums));
        }

        private int[] sources(Operands in) {
            int[] dims = in.shape(1).intExtents();
            int[] low = pads(in, dims.length, 2).orElseThrow()[0];
            return Padding.sources(mode, low, dims, in.shape(0).intExtents());
        }

        @Override
        public void gradient(Adjoint a) {
            Value dd = a.cotangent(0).orElseThrow();
            List<Value> in = new ArrayList<>(List.of(dd, a.input(2), a.graph().scalar(dd.dtype(), 0)));
            if (a.inputs() == 4) {
                in.add(a.input(3));
            }
            a.give(0, a.graph().apply(new Pad(mode), in).getFirst());
        }

        /// One scatter over flat positions.
        @Override
        public void lower(Lowering l) {
            int[] from = sources(new BoundOperands(l));
            View indices = l.constant(Tensor.of(from, from.length));
            View out = l.output(0);
            View flat = View.dense(out.buffer(), out.dtype(), out.length());
            l.emit(new Kernel.Scatter(
                    Fill.constant(l, out.dtype(), 0, out.length()),
                    indices,
                    l.reshaped(0, from.length),
                    Kernel.Addressing.AXIS,
                    0,
                    Kernel.Combine.ADD,
                    flat));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(
                            new PadGrad(Mode.REFLECT),
                            Example.f32(6, 2),
                            Example.f32(3, 2).notDifferentiable(),
                            Example.longs(2, 0, 1, 0)),
                    Example.of(
                            new PadGrad(Mode.EDGE),
                            Example.f32(3, 5),
                            Example.f32(3, 2).notDifferentiable(),
                            Example.longs(1, 2),
                            Example.longs(1)));
        }
    }

    /// The pads before and after each axis, from operand `operand` and, where there is one, operand 3, the axes.
    private static Optional<int[][]> pads(Operands in, int rank, int operand) {
        Optional<long[]> given = in.longs(operand);
        Optional<long[]> axes = in.size() == 4
                ? in.longs(3)
                : Optional.of(Arrays.stream(Axes.all(rank)).asLongStream().toArray());
        if (given.isEmpty() || axes.isEmpty()) {
            return Optional.empty();
        }
        int[] at = Axes.of(axes.get(), rank);
        if (given.get().length != 2 * at.length) {
            throw new ShapeException(
                    "pads must be two numbers for each of " + at.length + " axes, not " + Arrays.toString(given.get()));
        }
        int[][] pads = new int[2][rank];
        for (int i = 0; i < at.length; i++) {
            pads[0][at[i]] = pad(given.get()[i]);
            pads[1][at[i]] = pad(given.get()[at.length + i]);
        }
        return Optional.of(pads);
    }

    private static int pad(long given) {
        if (given != (int) given) {
            throw new ShapeException("a pad must be between -2147483648 and 2147483647, not " + given);
        }
        return (int) given;
    }

    /// For each element of a padded tensor, the row-major position of the element that it comes from, or −1.
    private static int[] sources(Mode mode, int[] low, int[] dims, int[] padded) {
        int[] out = new int[Shape.elements(Shape.of(padded).extents())];
        Positions p = new Positions(padded);
        for (int i = 0; i < out.length; i++, p.next()) {
            int at = 0;
            for (int axis = 0; axis < dims.length && at >= 0; axis++) {
                int source = mode.source((int) p.index()[axis] - low[axis], dims[axis]);
                at = source < 0 ? -1 : at * dims[axis] + source;
            }
            out[i] = at;
        }
        return out;
    }
}
