package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The mean, or the sum, of each window. ONNX AveragePool, opset 22; the sum is what LpPool and LRN are made
/// of.
///
/// @param taps the extents of the window
/// @param ceil whether a window that lies partly outside counts as a last one
/// @param divisor by what a sum is divided
public record AveragePool(Sliding sliding, List<Integer> taps, boolean ceil, Divisor divisor) implements Pools {

    /// By what the sum of a window is divided.
    public enum Divisor {
        /// Not at all.
        ONE,
        /// By the number of elements in the window.
        ELEMENTS,
        /// By the number of positions of the window inside the padded operand (count_include_pad).
        POSITIONS
    }

    public AveragePool {
        taps = List.copyOf(taps);
    }

    public AveragePool(Sliding sliding, List<Integer> taps) {
        this(sliding, taps, false, Divisor.ELEMENTS);
    }

    @Override
    public String name() {
        return divisor == Divisor.ONE ? "SumPool" : "AveragePool";
    }

    @Override
    public List<Shape> shapes(Operands in) {
        in.requireSize(1, 1);
        return List.of(Pools.shape(in, sliding, taps, ceil));
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        Tensor x = in.getFirst();
        Shape shape = shapes(Operands.ofValues(in)).getFirst();
        int[] dims = x.shape().intExtents();
        double[] sums = new double[shape.elements()];
        Correlation.ofPlanes(sliding, taps, dims, shape.intExtents())
                .forEach((at, tap, to) -> sums[to] += x.getDouble(at));
        double[] counts = counts(dims, shape.intExtents());
        for (int i = 0; i < sums.length; i++) {
            sums[i] /= counts[i % counts.length];
        }
        return List.of(Tensors.of(x.dtype(), shape, sums));
    }

    /// By what each output of a plane is divided.
    private double[] counts(int[] x, int[] y) {
        int[] in = x.clone();
        int[] out = y.clone();
        in[0] = in[1] = out[0] = out[1] = 1;
        double[] counts = new double[Shape.of(out).elements()];
        switch (divisor) {
            case ONE -> Arrays.fill(counts, 1);
            case ELEMENTS -> Correlation.ofPlanes(sliding, taps, in, out).forEach((at, tap, to) -> counts[to]++);
            case POSITIONS -> {
                for (int i = 0; i < taps.size(); i++) {
                    in[2 + i] += pads(x).get(0).get(i) + pads(x).get(1).get(i);
                }
                Sliding unpadded =
                        new Sliding(Sliding.AutoPad.VALID, List.of(), sliding.strides(), sliding.dilations());
                Correlation.ofPlanes(unpadded, taps, in, out).forEach((at, tap, to) -> counts[to]++);
            }
        }
        return counts;
    }

    /// Padding before and after each spatial axis.
    private List<List<Integer>> pads(int... x) {
        List<Integer> low = new ArrayList<>();
        List<Integer> high = new ArrayList<>();
        for (int i = 0; i < taps.size(); i++) {
            low.add(sliding.padLow(i, x[2 + i], taps.get(i)));
            high.add(sliding.padHigh(i, x[2 + i], taps.get(i)));
        }
        return List.of(low, high);
    }

    @Override
    public void gradient(Adjoint a) {
        a.give(0, a.graph().apply(new Gradient(this), a.cotangent(0).orElseThrow(), a.input(0)));
    }

    @Override
    public void lower(Lowering l) {
        View x = l.input(0);
        List<List<Integer>> pads = pads(x.dims());
        l.emit(new Kernel.Window(
                x,
                divisor == Divisor.ONE ? Kernel.WindowReducer.SUM : Kernel.WindowReducer.AVERAGE,
                taps,
                sliding.strides(taps.size()),
                sliding.dilations(taps.size()),
                pads.get(0),
                pads.get(1),
                divisor == Divisor.POSITIONS,
                l.output(0),
                null));
    }

    static Stream<Example> examples() {
        Sliding padded = new Sliding(Sliding.AutoPad.EXPLICIT, List.of(1, 0, 1, 1), List.of(2, 1), List.of(1, 2));
        Sliding same = new Sliding(Sliding.AutoPad.SAME_LOWER, List.of(), List.of(2, 2), List.of());
        Example.Operand x = Example.f32(2, 3, 5, 6);
        return Stream.of(
                Example.of(new AveragePool(Sliding.PLAIN, List.of(2, 3)), x),
                Example.of(new AveragePool(padded, List.of(3, 2), false, Divisor.ELEMENTS), x),
                Example.of(new AveragePool(padded, List.of(3, 2), true, Divisor.POSITIONS), x),
                Example.of(new AveragePool(padded, List.of(2, 2), false, Divisor.ONE), x),
                Example.of(new AveragePool(same, List.of(3, 3)), x),
                Example.of(new AveragePool(Sliding.PLAIN, List.of(2)), Example.f32(1, 1, 7)));
    }

    /// The adjoint of [AveragePool]: each element of operand 0, divided, goes to all elements of its window,
    /// in zeros with the dims of operand 1, whose value is not read. A convolution with ones.
    public record Gradient(AveragePool pool) implements Pools {
        @Override
        public String name() {
            return pool.name() + "Gradient";
        }

        @Override
        public Set<Integer> likeOperands() {
            return Set.of(1);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            in.requireSize(2, 2);
            return List.of(in.shape(1));
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Tensor dy = in.get(0);
            int[] x = in.get(1).shape().intExtents();
            int[] y = dy.shape().intExtents();
            double[] counts = pool.counts(x, y);
            double[] sums = new double[in.get(1).length()];
            Correlation.ofPlanes(pool.sliding, pool.taps, x, y)
                    .forEach((at, tap, to) -> sums[at] += dy.getDouble(to) / counts[to % counts.length]);
            return List.of(Tensors.of(dy.dtype(), in.get(1).shape(), sums));
        }

        @Override
        public void gradient(Adjoint a) {
            Value d = a.cotangent(0).orElseThrow();
            a.give(0, a.graph().apply(pool, d));
        }

        @Override
        public void lower(Lowering l) {
            View dy = l.input(0);
            View out = l.output(0);
            int[] x = out.dims();
            int[] y = dy.dims();
            DType dtype = dy.dtype();
            View share = l.temporary(dtype, y);
            DType compute = dtype.computeType();
            double[] counts = pool.counts(x, y);
            View divisors = l.constant(Tensors.of(compute, Shape.of(Arrays.copyOfRange(y, 2, y.length)), counts));
            Expr divided = Expr.arg(0, dtype)
                    .castTo(compute)
                    .dividedBy(Expr.arg(1, compute))
                    .castTo(dtype);
            l.emit(new Kernel.Map(List.of(dy, divisors.expand(y)), List.of(divided), List.of(share)));
            int[] ones = pool.taps.stream().mapToInt(Integer::intValue).toArray();
            Correlation.ofPlanes(pool.sliding, pool.taps, x, y)
                    .emitInputs(
                            l,
                            Strided.as(share, Correlation.planes(y)),
                            Fill.constant(l, dtype, 1, Axes.concat(new int[] {1, 1}, ones)),
                            null,
                            Strided.as(out, Correlation.planes(x)));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(
                    new Gradient(new AveragePool(Sliding.of(List.of(1), List.of(2)), List.of(3))),
                    Example.f32(2, 2, 3),
                    Example.f32(2, 2, 5).notDifferentiable()));
        }
    }
}
