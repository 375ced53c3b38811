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
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Operators that combine the elements along axes into one, and their adjoints.
public sealed interface Reductions extends PrimitiveOp
        permits Reduce, ArgReduce, Reductions.SumTo, Reductions.Spread, Reductions.SpreadMean {

    /// Sums operand 0 down to the shape of operand 1, from which it was broadcast: the adjoint of broadcasting.
    /// The value of operand 1 is not read.
    record SumTo() implements Reductions {
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
            Tensor x = in.get(0);
            Tensor out = Tensor.zeros(x.dtype(), in.get(1).shape());
            int[] dims = x.shape().intExtents();
            View to = View.dense(0, x.dtype(), out.shape().intExtents()).expand(dims);
            double[] sums = new double[out.length()];
            Positions p = new Positions(dims, to);
            for (int i = 0; i < x.length(); i++, p.next()) {
                sums[p.at(0)] += x.getDouble(i);
            }
            for (int i = 0; i < sums.length; i++) {
                out.elements().set(i, sums[i]);
            }
            return List.of(out);
        }

        @Override
        public void gradient(Adjoint a) {
            if (a.wants(0)) {
                a.give(0, a.graph().apply(new Spread(), a.cotangent(0).orElseThrow(), a.input(0)));
            }
        }

        @Override
        public void lower(Lowering l) {
            View x = l.input(0);
            int[] to = l.input(1).dims();
            int lead = x.rank() - to.length;
            int[] summed = IntStream.range(0, x.rank())
                    .filter(i -> i < lead || (to[i - lead] == 1 && x.dim(i) != 1))
                    .toArray();
            if (summed.length == 0) {
                l.alias(0, x);
                return;
            }
            ReducedAxes axes = ReducedAxes.of(x.rank(), summed);
            Expr element = Expr.arg(0, x.dtype());
            l.emit(new Kernel.Reduce(
                    List.of(axes.last(x)),
                    axes.rank(),
                    element,
                    Reducer.SUM,
                    List.of(),
                    List.of(element),
                    List.of(axes.target(l.output(0), x))));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(
                            new SumTo(), Example.f32(3, 4, 5), Example.f32(4, 1).notDifferentiable()),
                    Example.of(new SumTo(), Example.f32(2, 3), Example.f32(2, 3).notDifferentiable()),
                    Example.of(new SumTo(), Example.f32(1, 3), Example.f32(3).notDifferentiable()),
                    Example.of(new SumTo(), Example.f32(7, 2), Example.f32().notDifferentiable()),
                    Example.of(new SumTo(), Example.f32(0, 2), Example.f32(1, 2).notDifferentiable()));
        }
    }

    /// A value with the type of `like`, whose elements are not read: each element is `value`.
    static Value filled(GraphBuilder g, double value, Value like) {
        return g.apply(new Spread(), g.scalar(like.dtype(), value), like);
    }

    /// Operand 0 broadcast to the shape of operand 1, whose value is not read: a view. The adjoint of [SumTo].
    record Spread() implements Reductions {
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
            Tensor x = in.get(0);
            Tensor out = Tensor.zeros(x.dtype(), in.get(1).shape());
            int[] dims = out.shape().intExtents();
            Positions p = new Positions(
                    dims, View.dense(0, x.dtype(), x.shape().intExtents()).expand(dims));
            for (int i = 0; i < out.length(); i++, p.next()) {
                out.elements().copy(i, x.elements(), p.at(0));
            }
            return List.of(out);
        }

        @Override
        public void gradient(Adjoint a) {
            if (a.wants(0)) {
                a.give(0, a.graph().apply(new SumTo(), a.cotangent(0).orElseThrow(), a.input(0)));
            }
        }

        @Override
        public void lower(Lowering l) {
            l.alias(0, l.input(0).expand(l.input(1).dims()));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(
                            new Spread(),
                            Example.f32(4, 1),
                            Example.f32(3, 4, 5).notDifferentiable()),
                    Example.of(new Spread(), Example.f32(), Example.f32(2, 0).notDifferentiable()));
        }
    }

    /// [Spread] divided by the number of elements that each element of operand 0 is spread to: the adjoint of a
    /// mean.
    record SpreadMean() implements Reductions, MapOp {
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
        public Loop loop(List<View> in, DType dtype, int... dims) {
            View x = in.get(0);
            View spread = x.expand(dims);
            int count = x.length() == 0 ? 1 : spread.length() / x.length();
            return Loop.of(Expr.arg(0, x.dtype()).dividedBy(count), spread);
        }

        @Override
        public void gradient(Adjoint a) {
            if (a.wants(0)) {
                GraphBuilder g = a.graph();
                Value dy = a.cotangent(0).orElseThrow();
                Value ones = Reductions.filled(g, 1, a.input(0));
                Value share = g.apply(new SpreadMean(), ones, dy);
                a.give(0, g.apply(new SumTo(), g.apply(Arithmetic.MUL, share, dy), a.input(0)));
            }
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(
                            new SpreadMean(),
                            Example.f32(4, 1),
                            Example.f32(3, 4, 5).notDifferentiable()),
                    Example.of(
                            new SpreadMean(), Example.f32(), Example.f32(2, 3).notDifferentiable()));
        }
    }
}
