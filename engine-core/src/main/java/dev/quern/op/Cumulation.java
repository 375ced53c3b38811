package dev.quern.op;

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
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Running sums and products of operand 0 along the axis that operand 1 (one number) names.
///
/// `exclusive` leaves out the element itself, `reverse` starts at the end.
public sealed interface Cumulation extends PrimitiveOp {

    boolean exclusive();

    boolean reverse();

    /// How an element joins those before it.
    Kernel.Combine operation();

    /// ONNX CumSum, opset 14.
    record CumSum(boolean exclusive, boolean reverse) implements Cumulation {
        @Override
        public Kernel.Combine operation() {
            return Kernel.Combine.ADD;
        }

        @Override
        public void gradient(Adjoint a) {
            if (a.wants(0)) {
                CumSum back = new CumSum(exclusive, !reverse);
                a.give(0, a.graph().apply(back, a.cotangent(0).orElseThrow(), a.input(1)));
            }
        }

        static Stream<Example> examples() {
            return Cumulation.examplesOf(new CumSum(false, false), new CumSum(true, false), new CumSum(true, true));
        }
    }

    /// ONNX CumProd, opset 26.
    record CumProd(boolean exclusive, boolean reverse) implements Cumulation {
        @Override
        public Kernel.Combine operation() {
            return Kernel.Combine.MULTIPLY;
        }

        /// Where no zero came before x, the gradient is Σ dy·y / x over the results that x is part of. At the
        /// first zero it is the same sum for a product that skips that zero; behind it all products are 0, and
        /// so is the gradient.
        @Override
        public void gradient(Adjoint a) {
            if (!a.wants(0)) {
                return;
            }
            GraphBuilder g = a.graph();
            Value x = a.input(0);
            Value axis = a.input(1);
            Value dy = a.cotangent(0).orElseThrow();
            CumSum back = new CumSum(exclusive, !reverse);
            Value zero =
                    ExprOp.apply(g, "IsZero", v -> v.get(0).eq(v.get(0).like(0)).castTo(x.dtype()), x);
            Value zeros = g.apply(new CumSum(false, reverse), zero, axis);
            Value skipped =
                    ExprOp.apply(g, "SkipFirstZero", v -> firstZero(v, v.get(0).like(1), v.get(0)), x, zeros);
            Value products = g.apply(this, skipped, axis);
            Value flow = g.apply(back, g.apply(Arithmetic.MUL, dy, a.output(0)), axis);
            Value flowAtZero = g.apply(back, g.apply(Arithmetic.MUL, dy, products), axis);
            a.give(0, ExprOp.apply(g, "CumProdGrad", CumProd::chosen, x, zeros, flow, flowAtZero));
        }

        private static Expr firstZero(List<Expr> v, Expr yes, Expr no) {
            Expr x = v.get(0);
            Expr zeros = v.get(1);
            return Expr.select(x.eq(x.like(0)).and(zeros.eq(zeros.like(1))), yes, no);
        }

        private static Expr chosen(List<Expr> v) {
            Expr zeros = v.get(1);
            Expr before = Expr.select(zeros.eq(zeros.like(0)), v.get(2).dividedBy(v.get(0)), zeros.like(0));
            return firstZero(v, v.get(3), before);
        }

        static Stream<Example> examples() {
            Example.Operand zeros = Example.fixed(Tensor.of(new float[] {2, 3, 0, 5, 0, 7, 1, 4, 0, 2, 2, 2}, 2, 6));
            return Stream.concat(
                    Cumulation.examplesOf(new CumProd(false, false), new CumProd(true, false), new CumProd(true, true)),
                    Stream.of(
                            Example.of(new CumProd(false, false), zeros, Cumulation.axis(1)),
                            Example.of(new CumProd(true, true), zeros, Cumulation.axis(1))));
        }
    }

    @Override
    default Set<Integer> shapeOperands() {
        return Set.of(1);
    }

    @Override
    default List<DType> dtypes(Operands in) {
        in.requireSize(2, 2);
        DType x = in.dtype(0);
        if (!x.isFloat() && !x.isInteger()) {
            throw new ShapeException("operand 0 must hold numbers, not " + x);
        }
        return List.of(x);
    }

    @Override
    default List<Shape> shapes(Operands in) {
        in.longs(1).ifPresent(axis -> in.shape(0).axis(axis[0]));
        return List.of(in.shape(0));
    }

    @Override
    default List<Tensor> evaluate(List<Tensor> in) {
        Tensor x = in.get(0);
        int axis = x.shape().axis(in.get(1).getLong(0));
        View all = ReducedAxes.of(x.rank(), axis).last(Strided.dense(x));
        int count = all.dim(all.rank() - 1);
        int step = x.rank() == 0 ? 0 : all.stride(all.rank() - 1);
        Tensor out = Tensor.zeros(x.dtype(), x.shape());
        View starts = all.slice(all.rank() - 1, 0, Math.min(1, count), 1);
        Positions p = new Positions(starts.dims(), starts);
        for (int line = 0; line < starts.length(); line++, p.next()) {
            double real = operation() == Kernel.Combine.ADD ? 0 : 1;
            long integer = (long) real;
            for (int j = 0; j < count; j++) {
                int at = p.at(0) + (reverse() ? count - 1 - j : j) * step;
                double nextReal = combine(real, x.getDouble(at));
                long nextInteger = combine(integer, x.getLong(at));
                if (x.dtype().isFloat()) {
                    out.elements().set(at, exclusive() ? real : nextReal);
                } else {
                    out.elements().set(at, exclusive() ? integer : nextInteger);
                }
                real = nextReal;
                integer = nextInteger;
            }
        }
        return List.of(out);
    }

    private double combine(double a, double b) {
        return operation() == Kernel.Combine.ADD ? a + b : a * b;
    }

    private long combine(long a, long b) {
        return operation() == Kernel.Combine.ADD ? a + b : a * b;
    }

    @Override
    default void lower(Lowering l) {
        View x = l.input(0);
        int axis = Shape.axis(l.value(1).orElseThrow().getLong(0), x.rank());
        l.emit(new Kernel.Cumulate(x, axis, operation(), exclusive(), reverse(), l.output(0)));
    }

    private static Stream<Example> examplesOf(Cumulation... ops) {
        return Stream.of(ops)
                .flatMap(op -> Stream.of(
                        Example.of(op, Example.f32(3, 5, 2), axis(1)),
                        Example.of(op, Example.f32(7), axis(-1)),
                        Example.of(op, Example.f32(2, 0), axis(1)),
                        Example.of(op, Example.operand(DType.I32, 4, 3), axis(0))));
    }

    private static Example.Operand axis(int axis) {
        return Example.fixed(Tensor.scalar(DType.I64, axis)).asConstant();
    }
}
