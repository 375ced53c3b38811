package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Operators that turn the elements along an axis into shares of 1. `f16` and `bf16` are computed in `f32`.
public sealed interface Softmaxes extends CompositeOp {

    /// e^x / Σ e^x, without overflow. ONNX Softmax, opset 13.
    record Softmax(int axis) implements Softmaxes {
        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = Normalizations.wide(g, in.getFirst());
            List<Value> stats = g.apply(new Statistics.MaxSumExp(axis), List.of(x));
            Value e = g.apply(Arithmetic.EXP, g.apply(Arithmetic.SUB, x, stats.get(0)));
            return List.of(Normalizations.narrow(g, g.apply(Arithmetic.DIV, e, stats.get(1)), in.getFirst()));
        }

        @Override
        public boolean saysGradient() {
            return true;
        }

        /// y · (dy − Σ y dy): neither x nor an exponential is needed.
        @Override
        public void gradient(Adjoint a) {
            GraphBuilder g = a.graph();
            Value y = Normalizations.wide(g, a.output(0));
            Value dy = Normalizations.wide(g, a.cotangent(0).orElseThrow());
            Value sum = g.apply(new Reduce(Reduce.Kind.SUM, true), g.apply(Arithmetic.MUL, y, dy), g.longs(axis));
            Value dx = g.apply(Arithmetic.MUL, y, g.apply(Arithmetic.SUB, dy, sum));
            a.give(0, Normalizations.narrow(g, dx, a.input(0)));
        }

        static Stream<Example> examples() {
            Example.Operand large = Example.fixed(Tensor.of(new float[] {1e4f, 1e4f + 1, -1e4f, 0, 88, 90}, 2, 3))
                    .notDifferentiable();
            return Stream.of(
                    Example.of(new Softmax(-1), Example.f32(3, 17)),
                    Example.of(new Softmax(1), Example.f32(2, 3, 4)),
                    Example.of(new Softmax(0), Example.f32(1)),
                    Example.of(new Softmax(1), Example.operand(DType.F16, 2, 5).notDifferentiable()),
                    Example.of(new Softmax(1), large));
        }
    }

    /// x − log Σ e^x, without overflow. ONNX LogSoftmax, opset 13.
    record LogSoftmax(int axis) implements Softmaxes {
        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = Normalizations.wide(g, in.getFirst());
            List<Value> stats = g.apply(new Statistics.MaxSumExp(axis), List.of(x));
            Value shifted = g.apply(Arithmetic.SUB, x, stats.get(0));
            Value y = g.apply(Arithmetic.SUB, shifted, g.apply(Arithmetic.LOG, stats.get(1)));
            return List.of(Normalizations.narrow(g, y, in.getFirst()));
        }

        static Stream<Example> examples() {
            Example.Operand large = Example.fixed(Tensor.of(new float[] {1e4f, 1e4f + 1, -1e4f, 0, 88, 90}, 2, 3))
                    .notDifferentiable();
            return Stream.of(
                    Example.of(new LogSoftmax(-1), Example.f32(3, 17)),
                    Example.of(new LogSoftmax(0), Example.f32(2, 3, 4)),
                    Example.of(new LogSoftmax(1), large));
        }
    }

    /// 1 at the first maximum along `axis`, 0 elsewhere. ONNX Hardmax, opset 13.
    record Hardmax(int axis) implements Softmaxes {
        @Override
        public boolean isDifferentiable() {
            return false;
        }

        @Override
        public List<Value> expand(GraphBuilder g, List<Value> in) {
            Value x = in.getFirst();
            if (x.shape().dim(axis).is(0)) {
                return List.of(x);
            }
            Value at = g.apply(new ArgReduce(true, axis, true, false), x);
            return List.of(g.apply(new IsAt(Shape.axis(axis, x.rank())), x, at));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Hardmax(-1), Example.f32(3, 5)),
                    Example.of(new Hardmax(-1), Example.f32(3, 0)),
                    Example.of(new Hardmax(0), Example.fixed(Tensor.of(new float[] {3, 1, 3, 2}, 2, 2))));
        }
    }

    /// 1, in the type of operand 0, where the position along `axis` is what operand 1 says, else 0.
    record IsAt(int axis) implements ElementwiseOp {
        @Override
        public int arity() {
            return 2;
        }

        @Override
        public Expr define(List<Expr> args) {
            DType type = args.get(0).dtype();
            Expr here = Expr.index(axis).eq(args.get(1).castTo(DType.I64));
            return Expr.select(here, Expr.constant(type, 1L), Expr.constant(type, 0L));
        }

        static Stream<Example> examples() {
            return Stream.of(Example.of(new IsAt(1), Example.f32(2, 3), Example.indices(3, 2, 1)));
        }
    }
}
