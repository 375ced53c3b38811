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
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Orders.
public sealed interface Sorting extends PrimitiveOp {

    /// The k (operand 1) largest or smallest elements along `axis`, in order, and their positions (i64). Equal
    /// elements keep the lower position first; NaN counts as the largest. Results are always sorted, which ONNX
    /// allows where its attribute `sorted` is 0. ONNX TopK, opset 24.
    record TopK(int axis, boolean largest) implements Sorting {
        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1);
        }

        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(2, 2);
            DType x = in.dtype(0);
            if (!x.isFloat() && !x.isInteger()) {
                throw new ShapeException("operand 0 must hold numbers, not " + x);
            }
            return List.of(x, DType.I64);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            Shape x = in.shape(0);
            int at = x.axis(axis);
            Optional<Long> k = in.value(1).map(t -> t.getLong(0));
            if (k.isPresent()
                    && x.dim(at).isFixed()
                    && (k.get() < 0 || k.get() > x.dim(at).extent())) {
                throw new ShapeException("k must be in 0 … " + x.dim(at) + ", the extent of axis " + at + " of " + x
                        + ", not " + k.get());
            }
            Shape out = x.with(at, k.map(Dim::of).orElse(Dim.UNKNOWN));
            return List.of(out, out);
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor x = in.get(0);
            Shape shape = shapes(Operands.ofValues(in)).getFirst();
            Tensor values = Tensor.zeros(x.dtype(), shape);
            Tensor indices = Tensor.zeros(DType.I64, shape);
            int at = x.shape().axis(axis);
            ReducedAxes axes = ReducedAxes.of(x.rank(), at);
            int k = shape.intExtents()[at];
            View lines = axes.last(Strided.dense(x)).slice(x.rank() - 1, 0, Math.min(1, k), 1);
            View targets = axes.last(Strided.dense(values)).slice(x.rank() - 1, 0, Math.min(1, k), 1);
            int n = x.shape().intExtents()[at];
            int step = Strided.dense(x).stride(at);
            int outStep = Strided.dense(values).stride(at);
            Positions p = new Positions(lines.dims(), lines, targets);
            for (int line = 0; line < lines.length(); line++, p.next()) {
                int start = p.at(0);
                Comparator<Integer> ascending = (i, j) -> compare(x, start + i * step, start + j * step);
                List<Integer> order = IntStream.range(0, n)
                        .boxed()
                        .sorted(largest ? ascending.reversed() : ascending)
                        .toList();
                for (int j = 0; j < k; j++) {
                    values.elements().copy(p.at(1) + j * outStep, x.elements(), start + order.get(j) * step);
                    indices.elements().set(p.at(1) + j * outStep, order.get(j).longValue());
                }
            }
            return List.of(values, indices);
        }

        /// The order of two elements; −0 equals 0.
        private static int compare(Tensor x, int i, int j) {
            return switch (x.dtype().kind()) {
                case FLOAT -> Double.compare(x.getDouble(i) + 0.0, x.getDouble(j) + 0.0);
                case UNSIGNED -> Long.compareUnsigned(x.getLong(i), x.getLong(j));
                case SIGNED, BOOL, STRING, COMPLEX -> Long.compare(x.getLong(i), x.getLong(j));
            };
        }

        /// Each cotangent goes back to where its element came from.
        @Override
        public void gradient(Adjoint a) {
            Optional<Value> dy = a.cotangent(0);
            if (a.wants(0) && dy.isPresent()) {
                GraphBuilder g = a.graph();
                Scattering back = new Scattering.ScatterElements(axis, Kernel.Combine.ADD);
                Value zeros = Reductions.filled(g, 0, a.input(0));
                a.give(0, g.apply(back, zeros, a.output(1), dy.get()));
            }
        }

        @Override
        public void lower(Lowering l) {
            View x = l.input(0);
            l.emit(new Kernel.Sort(x, Shape.axis(axis, x.rank()), largest, l.output(0), l.output(1)));
        }

        static Stream<Example> examples() {
            Example.Operand ties = Example.fixed(Tensor.of(new float[] {1, 3, 3, -0f, 0, Float.NaN, -2, 3}, 8))
                    .notDifferentiable();
            return Stream.of(
                    Example.of(new TopK(1, true), Example.f32(3, 9, 2).distinctValues(), k(4)),
                    Example.of(new TopK(-1, false), Example.f32(2, 17).distinctValues(), k(17)),
                    Example.of(new TopK(0, true), Example.f32(5).distinctValues(), k(0)),
                    Example.of(new TopK(0, true), ties, k(8)),
                    Example.of(new TopK(0, false), ties, k(5)),
                    Example.of(new TopK(0, true), Example.operand(DType.I64, 20, 2), k(7)),
                    Example.of(new TopK(0, false), Example.operand(DType.U64, 20), k(3)));
        }

        private static Example.Operand k(long k) {
            return Example.longs(k);
        }
    }
}
