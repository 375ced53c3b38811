package dev.quern.op;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Pooling over windows of [N, C, spatial…]: all become a Window kernel.
public sealed interface Pools extends PrimitiveOp
        permits Pools.MaxPool, MaxPoolGradient, AveragePool, AveragePool.Gradient, MaxUnpool {

    /// The largest element of each window and, if `withIndices`, where in the whole operand it is (`i64`): the
    /// first among equals, in row-major order, or, within a plane, in column-major order. The gradient goes to that
    /// element. ONNX MaxPool, opset 22.
    ///
    /// @param taps the extents of the window
    /// @param ceil whether a window that lies partly outside counts as a last one
    record MaxPool(Sliding sliding, List<Integer> taps, boolean ceil, boolean withIndices, boolean columnMajor)
            implements Pools {
        public MaxPool {
            taps = List.copyOf(taps);
        }

        public MaxPool(Sliding sliding, List<Integer> taps) {
            this(sliding, taps, false, false, false);
        }

        /// Whether no window can lie in the padding alone, whose value is the lowest of the type.
        public boolean meetsElements() {
            int axes = taps.size();
            return !ceil
                    && sliding.autoPad() == Sliding.AutoPad.EXPLICIT
                    && sliding.dilations().stream().allMatch(d -> d == 1)
                    && IntStream.range(0, sliding.pads().size())
                            .allMatch(i -> sliding.pads().get(i) < taps.get(i % axes));
        }

        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(1, 1);
            return withIndices ? List.of(in.dtype(0), DType.I64) : List.of(in.dtype(0));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            Shape pooled = shape(in, sliding, taps, ceil);
            return withIndices ? List.of(pooled, pooled) : List.of(pooled);
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor x = in.getFirst();
            Shape shape = shapes(Operands.ofValues(in)).getFirst();
            int[] best = new int[shape.elements()];
            Arrays.fill(best, -1);
            Correlation.ofPlanes(sliding, taps, x.shape().intExtents(), shape.intExtents())
                    .forEach((at, tap, to) -> {
                        boolean wins = best[to] < 0
                                || x.getDouble(at) > x.getDouble(best[to])
                                || (Double.isNaN(x.getDouble(at)) && !Double.isNaN(x.getDouble(best[to])));
                        if (wins) {
                            best[to] = at;
                        }
                    });
            Tensor out = Tensor.zeros(x.dtype(), shape);
            long[] indices = new long[best.length];
            int[] dims = x.shape().intExtents();
            for (int i = 0; i < best.length; i++) {
                out.elements().copy(i, x.elements(), best[i]);
                indices[i] = columnMajor ? columnMajor(best[i], dims) : best[i];
            }
            return withIndices ? List.of(out, Tensor.wrap(DType.I64, indices, shape)) : List.of(out);
        }

        @Override
        public MaxPool remembering() {
            return withIndices || MaxPoolGradient.suits(this) ? this : new MaxPool(sliding, taps, ceil, true, false);
        }

        private static long columnMajor(int rowMajor, int... dims) {
            long index = 0;
            long step = 1;
            int[] strides = View.rowMajor(dims);
            for (int axis = 2; axis < dims.length; axis++) {
                index += rowMajor / strides[axis] % dims[axis] * step;
                step *= dims[axis];
            }
            return index + rowMajor / step * step;
        }

        @Override
        public void gradient(Adjoint a) {
            if (a.cotangent(0).isEmpty()) {
                return;
            }
            GraphBuilder g = a.graph();
            Value x = a.input(0);
            if (MaxPoolGradient.suits(this)) {
                a.give(0, g.apply(new MaxPoolGradient(taps), x, a.cotangent(0).get()));
                return;
            }
            Value indices = withIndices && !columnMajor
                    ? a.output(1)
                    : g.apply(new MaxPool(sliding, taps, ceil, true, false), List.of(x))
                            .get(1);
            a.give(0, MaxPoolGradient.scattered(g, x, indices, a.cotangent(0).get()));
        }

        @Override
        public void lower(Lowering l) {
            View x = l.input(0);
            View out = l.output(0);
            View found = withIndices ? l.temporary(DType.I64, out.dims()) : null;
            int axes = taps.size();
            List<Integer> low = new ArrayList<>();
            List<Integer> high = new ArrayList<>();
            for (int i = 0; i < axes; i++) {
                low.add(sliding.padLow(i, x.dim(2 + i), taps.get(i)));
                high.add(sliding.padHigh(i, x.dim(2 + i), taps.get(i)));
            }
            l.emit(new Kernel.Window(
                    x,
                    Kernel.WindowReducer.MAX,
                    taps,
                    sliding.strides(axes),
                    sliding.dilations(axes),
                    low,
                    high,
                    false,
                    out,
                    found));
            if (found != null) {
                Expr position = global(Expr.arg(0, DType.I64), x.dims());
                l.emit(new Kernel.Map(List.of(found), List.of(position), List.of(l.output(1))));
            }
        }

        /// The position in the whole operand of a row-major position in a plane.
        private Expr global(Expr inPlane, int... dims) {
            int[] strides = View.rowMajor(dims);
            Expr at = inPlane;
            if (columnMajor) {
                at = inPlane.like(0);
                long step = 1;
                for (int axis = 2; axis < dims.length; axis++) {
                    Expr coordinate = inPlane.dividedBy(strides[axis]).apply(BinaryFn.MOD, inPlane.like(dims[axis]));
                    at = at.plus(coordinate.times(step));
                    step *= dims[axis];
                }
            }
            Expr plane = Expr.index(0).times(strides[0]).plus(Expr.index(1).times(strides[1]));
            return at.plus(plane);
        }

        static Stream<Example> examples() {
            Sliding padded = new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 0, 1, 1), List.of(2, 1), List.of(1, 2));
            Sliding same = new Sliding(Sliding.AutoPad.SAME_UPPER, List.of(), List.of(2, 2), List.of());
            Example.Operand x = Example.f32(2, 3, 5, 6).distinctValues();
            return Stream.of(
                    Example.of(new MaxPool(Sliding.PLAIN, List.of(2, 3)), x),
                    Example.of(new MaxPool(padded, List.of(3, 2), false, true, false), x),
                    Example.of(new MaxPool(padded, List.of(3, 2), true, true, true), x),
                    Example.of(new MaxPool(same, List.of(3, 3)), x),
                    Example.of(
                            new MaxPool(Sliding.PLAIN, List.of(2)),
                            Example.f32(1, 1, 7).distinctValues()),
                    Example.of(new MaxPool(Sliding.PLAIN, List.of(2)), Example.operand(DType.I8, 2, 1, 7)));
        }
    }

    /// The shape of a pool over operand 0.
    static Shape shape(Operands in, Sliding sliding, List<Integer> taps, boolean ceil) {
        Shape x = in.shape(0);
        if (x.rank() != taps.size() + 2) {
            throw new ShapeException(
                    "[N, C, spatial…] with " + taps.size() + " spatial axes is needed, not " + in.tensor(0));
        }
        sliding.requireAxes(taps.size());
        List<Dim> dims = new ArrayList<>(x.dims().subList(0, 2));
        for (int i = 0; i < taps.size(); i++) {
            dims.add(sliding.outputs(i, x.dim(2 + i), Dim.of(taps.get(i)), ceil));
        }
        return Shape.of(dims);
    }
}
