package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The position (i64) of the largest, or of the smallest, element along `axis`; the first among equals or the
/// last. A NaN counts as larger, or smaller, than all numbers, and the first one wins. ONNX ArgMax and ArgMin,
/// opset 13.
public record ArgReduce(boolean max, int axis, boolean keepDims, boolean selectLast) implements Reductions {

    @Override
    public String name() {
        return max ? "ArgMax" : "ArgMin";
    }

    @Override
    public boolean isDifferentiable() {
        return false;
    }

    @Override
    public List<DType> dtypes(Operands in) {
        in.requireSize(1, 1);
        if (in.dtype(0).isHostOnly()) {
            throw new ShapeException("operand 0 must hold numbers, not " + in.dtype(0));
        }
        return List.of(DType.I64);
    }

    @Override
    public List<Shape> shapes(Operands in) {
        Shape x = in.shape(0);
        int at = x.axis(axis);
        if (x.dim(at).is(0)) {
            throw new ShapeException("axis " + at + " of " + x + " has no element to find");
        }
        if (keepDims) {
            return List.of(x.with(at, Dim.of(1)));
        }
        List<Dim> dims = new ArrayList<>(x.dims());
        dims.remove(at);
        return List.of(Shape.of(dims));
    }

    @Override
    public List<Tensor> evaluate(List<Tensor> in) {
        Tensor x = in.getFirst();
        Tensor out = Tensor.zeros(DType.I64, shapes(Operands.ofValues(in)).getFirst());
        View all = ReducedAxes.of(x.rank(), x.shape().axis(axis)).last(Strided.dense(x));
        int count = all.dim(all.rank() - 1);
        Positions p = new Positions(all.dims(), all);
        for (int i = 0; i < out.length(); i++) {
            long best = 0;
            int bestAt = p.at(0);
            for (int j = 0; j < count; j++, p.next()) {
                if (wins(x, p.at(0), bestAt)) {
                    best = j;
                    bestAt = p.at(0);
                }
            }
            out.elements().set(i, best);
        }
        return List.of(out);
    }

    private boolean wins(Tensor x, int challenger, int champion) {
        if (Double.isNaN(x.getDouble(champion)) || Double.isNaN(x.getDouble(challenger))) {
            return !Double.isNaN(x.getDouble(champion));
        }
        int order = compare(x, challenger, champion);
        return order == 0 ? selectLast : max == order > 0;
    }

    /// Negative, 0 or positive as the numbers are ordered; −0 equals 0.
    private static int compare(Tensor x, int i, int j) {
        if (x.dtype().isFloat()) {
            double a = x.getDouble(i);
            double b = x.getDouble(j);
            return a < b ? -1 : a > b ? 1 : 0;
        }
        long a = x.getLong(i);
        long b = x.getLong(j);
        return x.dtype() == DType.U64 ? Long.compareUnsigned(a, b) : Long.compare(a, b);
    }

    @Override
    public void lower(Lowering l) {
        View x = l.input(0);
        ReducedAxes axes = ReducedAxes.of(x.rank(), Shape.axis(axis, x.rank()));
        Reducer reducer = max
                ? selectLast ? Reducer.ARG_MAX_LAST : Reducer.ARG_MAX_FIRST
                : selectLast ? Reducer.ARG_MIN_LAST : Reducer.ARG_MIN_FIRST;
        l.emit(new Kernel.Reduce(
                List.of(axes.last(x)),
                axes.rank(),
                Expr.arg(0, x.dtype()),
                reducer,
                List.of(),
                List.of(Expr.arg(0, DType.I64)),
                List.of(axes.target(l.output(0), x))));
    }

    static Stream<Example> examples() {
        Example.Operand ties = Example.fixed(Tensor.of(new float[] {1, 3, 3, -0f, 0, -2, -2, 3}, 2, 4));
        Example.Operand nan = Example.fixed(Tensor.of(new float[] {1, Float.NaN, 9, Float.NaN, 2}, 5));
        return Stream.of(true, false)
                .flatMap(max -> Stream.of(
                        Example.of(new ArgReduce(max, 1, true, false), Example.f32(3, 19, 2)),
                        Example.of(new ArgReduce(max, -1, false, false), ties),
                        Example.of(new ArgReduce(max, -1, false, true), ties),
                        Example.of(new ArgReduce(max, 0, false, false), nan),
                        Example.of(new ArgReduce(max, 0, false, true), nan),
                        Example.of(new ArgReduce(max, 0, true, true), Example.operand(DType.U64, 6)),
                        Example.of(new ArgReduce(max, 0, true, false), Example.operand(DType.I8, 40, 2))));
    }
}
