package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Tensors whose elements follow from their position.
public sealed interface Generators extends MapOp {

    /// start + i · delta for all i ≥ 0 below limit; operands 0, 1, 2 are the scalars start, limit and delta. ONNX
    /// Range, opset 27; 16-bit floats are computed in f32.
    record Range() implements Generators {
        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(0, 1, 2);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }

        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(3, 3);
            DType type = in.dtype(0);
            if (in.dtype(1) != type || in.dtype(2) != type) {
                throw new ShapeException("start, limit and delta must have one type, not " + type + ", " + in.dtype(1)
                        + " and " + in.dtype(2));
            }
            return List.of(type);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            Optional<Tensor> start = in.value(0);
            Optional<Tensor> limit = in.value(1);
            Optional<Tensor> delta = in.value(2);
            boolean known = start.isPresent() && limit.isPresent() && delta.isPresent();
            return List.of(Shape.of(known ? Dim.of(length(start.get(), limit.get(), delta.get())) : Dim.UNKNOWN));
        }

        private static long length(Tensor start, Tensor limit, Tensor delta) {
            if (delta.getDouble(0) == 0) {
                throw new ShapeException("the delta of a range must not be 0");
            }
            if (start.dtype().isFloat()) {
                double n = Math.ceil((limit.getDouble(0) - start.getDouble(0)) / delta.getDouble(0));
                return Math.max(0, (long) n);
            }
            long span = Math.subtractExact(limit.getLong(0), start.getLong(0));
            return Math.max(0, Math.ceilDiv(span, delta.getLong(0)));
        }

        @Override
        public Loop loop(List<View> in, DType dtype, int... dims) {
            DType type = dtype.computeType();
            Expr i = Expr.index(0).castTo(type);
            Expr start = Expr.arg(0, dtype).castTo(type);
            Expr delta = Expr.arg(1, dtype).castTo(type);
            Expr element = start.plus(i.times(delta)).castTo(dtype);
            return Loop.of(element, in.get(0).expand(dims), in.get(2).expand(dims));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    example(DType.I64, 3, 17, 4),
                    example(DType.I32, 10, -9, -2),
                    example(DType.F32, 0.5, 4, 0.75),
                    example(DType.F16, 1, 5, 2),
                    example(DType.I64, 5, 5, 1));
        }

        private static Example example(DType type, double start, double limit, double delta) {
            return Example.of(new Range(), scalar(type, start), scalar(type, limit), scalar(type, delta));
        }

        private static Example.Operand scalar(DType type, double value) {
            return Example.fixed(Tensor.scalar(type, value)).asConstant().notDifferentiable();
        }
    }

    /// `value`, a tensor of one element, everywhere under the dims that operand 0 lists.
    /// ONNX ConstantOfShape, opset 25.
    record ConstantOfShape(Tensor value) implements Generators {
        public ConstantOfShape {
            if (value.length() != 1) {
                throw new ShapeException("the value must have one element, not " + value.length());
            }
        }

        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(0);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }

        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(1, 1);
            return List.of(value.dtype());
        }

        @Override
        public List<Shape> shapes(Operands in) {
            Optional<long[]> dims = in.longs(0);
            if (dims.isPresent()) {
                return List.of(Shape.of(dims.get()));
            }
            Dim rank = in.shape(0).dim(0);
            return List.of(rank.isFixed() ? Shape.ofRank((int) rank.extent()) : Shape.UNRANKED);
        }

        @Override
        public Loop loop(List<View> in, DType dtype, int... dims) {
            Expr element =
                    dtype.isFloat() ? Expr.constant(dtype, value.getDouble(0)) : Expr.constant(dtype, value.getLong(0));
            return Loop.of(element);
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new ConstantOfShape(Tensor.scalar(DType.F32, 1.5)), Example.longs(3, 4)),
                    Example.of(new ConstantOfShape(Tensor.scalar(DType.I64, -7)), Example.longs(5)),
                    Example.of(new ConstantOfShape(Tensor.scalar(DType.BOOL, 1)), Example.longs()),
                    Example.of(new ConstantOfShape(Tensor.scalar(DType.F32, 1)), Example.longs(2, 0)));
        }
    }

    /// Ones on the diagonal `k` (above the main one where positive) of a matrix with the dims of operand 0, zeros
    /// elsewhere.
    /// ONNX EyeLike, opset 22.
    record EyeLike(DType dtype, int k) implements Generators {
        @Override
        public Set<Integer> likeOperands() {
            return Set.of(0);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }

        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(1, 1);
            return List.of(dtype);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            if (in.shape(0).rank() != 2) {
                throw new ShapeException("operand 0 must be a matrix, not " + in.tensor(0));
            }
            return List.of(in.shape(0));
        }

        @Override
        public Loop loop(List<View> in, DType type, int... dims) {
            Expr diagonal = Expr.index(0).plus(k).eq(Expr.index(1));
            return Loop.of(diagonal.castTo(type));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new EyeLike(DType.F32, 0), Example.operand(DType.I32, 4, 4)),
                    Example.of(new EyeLike(DType.F64, -1), Example.f32(3, 5)),
                    Example.of(new EyeLike(DType.BOOL, 2), Example.f32(3, 5)));
        }
    }

    /// Operand 2 is [off, on]: `on` where the position along the new axis equals the index in operand 0 (which
    /// counts from the end when negative), `off` elsewhere; the extent of the new axis is operand 1. ONNX
    /// OneHot, opset 28.
    record OneHot(int axis) implements Generators {
        @Override
        public Set<Integer> shapeOperands() {
            return Set.of(1);
        }

        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(3, 3);
            return List.of(in.dtype(2));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            Shape indices = in.shape(0);
            Dim pair = in.shape(2).size();
            if (pair.isFixed() && !pair.is(2)) {
                throw new ShapeException("operand 2 must be [off, on], not " + in.tensor(2));
            }
            List<Dim> dims = new ArrayList<>(indices.dims());
            Dim depth = in.value(1).map(t -> Dim.of(t.getLong(0))).orElse(Dim.UNKNOWN);
            dims.add(Shape.axis(axis, indices.rank() + 1), depth);
            return List.of(Shape.of(dims));
        }

        @Override
        public Loop loop(List<View> in, DType dtype, int... dims) {
            int at = Shape.axis(axis, dims.length);
            View index = along(in.get(0), at, dims);
            View off = in.get(2).slice(0, 0, 1, 1).expand(dims);
            View on = in.get(2).slice(0, 1, 1, 1).expand(dims);
            Expr i = Expr.arg(0, index.dtype()).castTo(DType.I64);
            Expr position = Expr.index(at);
            Expr hit = i.eq(position).or(i.plus(dims[at]).eq(position));
            return Loop.of(Expr.select(hit, Expr.arg(2, dtype), Expr.arg(1, dtype)), index, off, on);
        }

        /// `x` with an axis of stride 0 inserted.
        private static View along(View x, int axis, int... dims) {
            int[] strides = new int[dims.length];
            for (int i = 0; i < dims.length; i++) {
                strides[i] = i == axis ? 0 : x.stride(i < axis ? i : i - 1);
            }
            return View.of(x.buffer(), x.dtype(), x.offset(), dims, strides);
        }

        /// `on` gets the cotangents of the hits, `off` those of the rest.
        @Override
        public void gradient(Adjoint a) {
            if (!a.wants(2)) {
                return;
            }
            GraphBuilder g = a.graph();
            Value dy = a.cotangent(0).orElseThrow();
            Value pair = g.apply(new Casting.Cast(dy.dtype()), g.constant(Tensor.of(new float[] {0, 1}, 2)));
            Value hits = g.apply(this, a.input(0), a.input(1), pair);
            Reduce sum = new Reduce(Reduce.Kind.SUM, false);
            Value all = g.apply(sum, dy);
            Value on = g.apply(sum, g.apply(Arithmetic.MUL, hits, dy));
            a.give(2, ExprOp.apply(g, "OneHotGrad", OneHot::offThenOn, pair, all, on));
        }

        private static Expr offThenOn(List<Expr> v) {
            Expr isOn = v.get(0).eq(v.get(0).like(1));
            return Expr.select(isOn, v.get(2), v.get(1).minus(v.get(2)));
        }

        static Stream<Example> examples() {
            Example.Operand depth = Example.fixed(Tensor.scalar(DType.I64, 5)).asConstant();
            return Stream.of(
                    Example.of(new OneHot(-1), Example.indices(5, 3), depth, Example.f32(2)),
                    Example.of(new OneHot(1), Example.operand(DType.I32, 2, 3).in(-7, 8), depth, Example.f32(2)),
                    Example.of(new OneHot(0), Example.indices(5), Example.longs(5), Example.operand(DType.I64, 2)));
        }
    }

    /// The upper or lower triangle of the matrices in the last two axes of operand 0, from the diagonal on that
    /// operand 1 (0 where missing) names; zeros elsewhere. ONNX Trilu, opset 14.
    record Trilu(boolean upper) implements Generators {
        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(1, 2);
            return List.of(in.dtype(0));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            if (in.shape(0).rank() < 2) {
                throw new ShapeException("operand 0 must hold matrices, not " + in.tensor(0));
            }
            return List.of(in.shape(0));
        }

        @Override
        public Loop loop(List<View> in, DType dtype, int... dims) {
            Expr row = Expr.index(dims.length - 2);
            Expr column = Expr.index(dims.length - 1);
            Expr diagonal = in.size() == 1 ? Expr.constant(DType.I64, 0L) : Expr.arg(1, DType.I64);
            Expr above = column.minus(row);
            Expr kept = upper ? above.ge(diagonal) : above.le(diagonal);
            Expr x = Expr.arg(0, dtype);
            return new Loop(
                    in.stream().map(v -> v.expand(dims)).toList(), Expr.select(kept, x, Expr.constant(dtype, 0L)));
        }

        @Override
        public void gradient(Adjoint a) {
            if (a.wants(0)) {
                List<Value> in = new ArrayList<>();
                in.add(a.cotangent(0).orElseThrow());
                for (int i = 1; i < a.inputs(); i++) {
                    in.add(a.input(i));
                }
                a.give(0, a.graph().apply(this, in).getFirst());
            }
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Trilu(true), Example.f32(4, 5)),
                    Example.of(new Trilu(false), Example.f32(2, 3, 4), k(1)),
                    Example.of(new Trilu(true), Example.operand(DType.I64, 3, 3), k(-1)),
                    Example.of(new Trilu(false), Example.f32(3, 0), k(-7)));
        }

        private static Example.Operand k(long k) {
            return Example.fixed(Tensor.scalar(DType.I64, k));
        }
    }
}
