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
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Pairs of numbers that normalisations need of a group of floats, found together; the axes that they are found over
/// stay, with extent 1.
public sealed interface Statistics extends PrimitiveOp {

    /// The axes that the numbers are found over.
    List<Integer> axes();

    Reducer reducer();

    /// Both numbers of some elements.
    double[] of(double[] elements);

    @Override
    default List<DType> dtypes(Operands in) {
        in.requireSize(1, 1);
        if (!in.dtype(0).isFloat()) {
            throw new ShapeException("floats are needed, not " + in.tensor(0));
        }
        return List.of(in.dtype(0), in.dtype(0));
    }

    @Override
    default List<Shape> shapes(Operands in) {
        Shape out = in.shape(0);
        for (int a : Axes.of(axes(), out.rank())) {
            out = out.with(a, Dim.of(1));
        }
        return List.of(out, out);
    }

    @Override
    default List<Tensor> evaluate(List<Tensor> in) {
        Tensor x = in.getFirst();
        Shape shape = shapes(Operands.ofValues(in)).getFirst();
        Tensor first = Tensor.zeros(x.dtype(), shape);
        Tensor second = Tensor.zeros(x.dtype(), shape);
        ReducedAxes reduced = ReducedAxes.of(x.rank(), Axes.of(axes(), x.rank()));
        View all = reduced.last(Strided.dense(x));
        Positions p = new Positions(all.dims(), all);
        for (int i = 0; i < first.length(); i++) {
            double[] elements = new double[reduced.count(Strided.dense(x))];
            for (int j = 0; j < elements.length; j++, p.next()) {
                elements[j] = x.getDouble(p.at(0));
            }
            double[] both = of(elements);
            first.elements().set(i, both[0]);
            second.elements().set(i, both[1]);
        }
        return List.of(first, second);
    }

    @Override
    default void lower(Lowering l) {
        View x = l.input(0);
        ReducedAxes reduced = ReducedAxes.of(x.rank(), Axes.of(axes(), x.rank()));
        DType compute = x.dtype().computeType();
        l.emit(new Kernel.Reduce(
                List.of(reduced.last(x)),
                reduced.rank(),
                Expr.arg(0, x.dtype()).castTo(compute),
                reducer(),
                List.of(),
                List.of(
                        Expr.arg(0, compute).castTo(x.dtype()),
                        Expr.arg(1, compute).castTo(x.dtype())),
                List.of(reduced.target(l.output(0), x), reduced.target(l.output(1), x))));
    }

    /// The mean, and the mean of squared distances to it.
    record Moments(List<Integer> axes) implements Statistics {
        public Moments {
            axes = List.copyOf(axes);
        }

        /// Over the axes `from` … `to − 1`.
        static Moments over(int from, int to) {
            return new Moments(IntStream.range(from, to).boxed().toList());
        }

        @Override
        public Reducer reducer() {
            return Reducer.MEAN_VARIANCE;
        }

        @Override
        public double[] of(double[] elements) {
            double sum = 0;
            for (double e : elements) {
                sum += e;
            }
            double mean = sum / elements.length;
            double squares = 0;
            for (double e : elements) {
                squares += (e - mean) * (e - mean);
            }
            return new double[] {mean, squares / elements.length};
        }

        /// dμ/n + dσ² · 2(x − μ)/n.
        @Override
        public void gradient(Adjoint a) {
            GraphBuilder g = a.graph();
            Value x = a.input(0);
            Value ofMean = a.cotangent(0)
                    .map(d -> g.apply(new Reductions.SpreadMean(), d, x))
                    .orElse(null);
            Value ofVariance = a.cotangent(1)
                    .map(d -> g.apply(
                            Arithmetic.MUL,
                            g.apply(Arithmetic.MUL, g.apply(new Reductions.SpreadMean(), d, x), g.scalar(x.dtype(), 2)),
                            g.apply(Arithmetic.SUB, x, a.output(0))))
                    .orElse(null);
            if (ofMean != null && ofVariance != null) {
                a.give(0, g.apply(Arithmetic.ADD, ofMean, ofVariance));
            } else if (ofMean != null) {
                a.give(0, ofMean);
            } else if (ofVariance != null) {
                a.give(0, ofVariance);
            }
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Moments(List.of(-1)), Example.f32(3, 19)),
                    Example.of(new Moments(List.of(0, 2)), Example.f32(3, 2, 5)),
                    Example.of(new Moments(List.of(0)), Example.f32(1)));
        }
    }

    /// The maximum m, and Σ e^(x − m). For the gradient, m is a constant.
    record MaxSumExp(int axis) implements Statistics {
        @Override
        public List<Integer> axes() {
            return List.of(axis);
        }

        @Override
        public Reducer reducer() {
            return Reducer.MAX_SUM_EXP;
        }

        @Override
        public double[] of(double[] elements) {
            double max = Double.NEGATIVE_INFINITY;
            for (double e : elements) {
                max = Math.max(max, e);
            }
            double sum = 0;
            for (double e : elements) {
                sum += Math.exp(e - max);
            }
            return new double[] {max, sum};
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new MaxSumExp(-1), Example.f32(3, 19).notDifferentiable()),
                    Example.of(new MaxSumExp(0), Example.f32(3, 2).notDifferentiable()));
        }

        /// dΣ · e^(x − m).
        @Override
        public void gradient(Adjoint a) {
            if (a.cotangent(1).isPresent()) {
                GraphBuilder g = a.graph();
                Value e = g.apply(Arithmetic.EXP, g.apply(Arithmetic.SUB, a.input(0), a.output(0)));
                a.give(0, g.apply(Arithmetic.MUL, a.cotangent(1).get(), e));
            }
        }
    }
}
