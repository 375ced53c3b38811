package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/// Changes of element type. Casts that involve strings are in [Strings].
public sealed interface Casting extends MapOp {

    /// Each element as a value of type `to`, by the rules of [Expr.Cast]. ONNX Cast, opset 25.
    record Cast(DType to) implements Casting, ElementwiseOp {
        @Override
        public int arity() {
            return 1;
        }

        @Override
        public Expr define(List<Expr> args) {
            return args.getFirst().castTo(to);
        }

        /// To its own type nothing is cast, as exporters ask for to be sure.
        @Override
        public void lower(Lowering l) {
            View x = l.input(0);
            if (x.dtype() == to) {
                l.alias(0, x);
            } else {
                ElementwiseOp.super.lower(l);
            }
        }
    }

    /// Operand 0 cast to the type of operand 1, of which nothing else is used. ONNX CastLike, opset 25.
    record CastLike() implements Casting {
        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(2, 2);
            return List.of(in.dtype(1));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            return List.of(in.shape(0));
        }

        @Override
        public Loop loop(List<View> in, DType dtype, int... dims) {
            View x = in.getFirst();
            return Loop.of(Expr.arg(0, x.dtype()).castTo(dtype), x);
        }

        @Override
        public void gradient(Adjoint a) {
            if (a.wants(0) && a.output(0).dtype().isFloat()) {
                a.give(0, a.graph().apply(new CastLike(), a.cotangent(0).orElseThrow(), a.input(0)));
            }
        }
    }

    /// The same bits as elements of another type of the same width. ONNX BitCast, opset 26.
    record BitCast(DType to) implements Casting, ElementwiseOp {
        @Override
        public int arity() {
            return 1;
        }

        @Override
        public Expr define(List<Expr> args) {
            return new Expr.BitCast(to, args.getFirst());
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }
    }

    static Stream<Example> examples() {
        Example.Operand odd = Example.fixed(Tensor.of(
                        new float[] {0, -0.5f, 1.9f, -1.9f, 300, -300, 70000, 3e9f, -3e9f, Float.NaN, 65520}, 11))
                .notDifferentiable();
        Stream<Example> floats =
                Stream.of(DType.values()).filter(t -> !t.isHostOnly()).map(t -> Example.of(new Cast(t), odd));
        Stream<Example> integers = Stream.of(DType.values())
                .filter(t -> !t.isHostOnly())
                .flatMap(t -> Stream.of(
                        Example.of(new Cast(t), Example.operand(DType.I64, 3, 3).in(-70000, 70000)),
                        Example.of(new Cast(t), Example.operand(DType.U64, 4))));
        Stream<Example> rest = Stream.of(
                Example.of(new Cast(DType.F64), Example.f32(3, 4)),
                Example.of(new Cast(DType.F32), Example.operand(DType.BF16, 5).notDifferentiable()),
                Example.of(new Cast(DType.F32), Example.operand(DType.BOOL, 5)),
                Example.of(new CastLike(), Example.f32(2, 4, 0), Example.f32().notDifferentiable()),
                Example.of(new CastLike(), Example.f32(2, 3), Example.operand(DType.F64, 5)),
                Example.of(
                        new CastLike(),
                        Example.operand(DType.I32, 4),
                        Example.f32().notDifferentiable()),
                Example.of(new BitCast(DType.I32), odd),
                Example.of(new BitCast(DType.F32), Example.operand(DType.U32, 2, 3)),
                Example.of(new BitCast(DType.U8), Example.operand(DType.I8, 7)));
        return Stream.of(floats, integers, rest).flatMap(s -> s);
    }
}
