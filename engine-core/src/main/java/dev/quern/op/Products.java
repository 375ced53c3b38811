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
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Products of matrices: all become a Contract kernel.
public sealed interface Products extends PrimitiveOp
        permits Products.MatMul, Products.Gemm, IntegerProducts, Contraction {

    @Override
    default Set<Integer> weightOperands() {
        return Set.of(0, 1);
    }

    /// Product of the matrices in the last two axes, the axes before them broadcast; an operand of rank 1 is a row
    /// (left) or a column (right) whose axis the result lacks. ONNX MatMul, opset 13.
    record MatMul() implements Products {
        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(2, 2);
            in.require(1, in.dtype(0));
            return List.of(in.dtype(0));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            return List.of(shape(in));
        }

        static Shape shape(Operands in) {
            Shape a = in.shape(0);
            Shape b = in.shape(1);
            if (a.rank() == 0 || b.rank() == 0) {
                throw new ShapeException("a matrix or vector is needed, not " + in.tensor(a.rank() == 0 ? 0 : 1));
            }
            Dim columns = a.dim(-1);
            Dim rows = b.dim(b.rank() == 1 ? 0 : -2);
            if (columns.isFixed() && rows.isFixed() && !columns.equals(rows)) {
                throw new ShapeException("columns of " + in.tensor(0) + " must equal rows of " + in.tensor(1));
            }
            List<Dim> dims = new ArrayList<>(a.slice(0, Math.max(0, a.rank() - 2))
                    .broadcast(b.slice(0, Math.max(0, b.rank() - 2)))
                    .dims());
            if (a.rank() > 1) {
                dims.add(a.dim(-2));
            }
            if (b.rank() > 1) {
                dims.add(b.dim(-1));
            }
            return Shape.of(dims);
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            View a = left(Strided.dense(in.get(0)));
            View b = right(Strided.dense(in.get(1)));
            int[] batch = batch(a, b);
            return List.of(SumOfProducts.matrices(
                    in.get(0).dtype(),
                    shape(Operands.ofValues(in)),
                    in.get(0),
                    over(batch, a),
                    in.get(1),
                    over(batch, b)));
        }

        static View left(View a) {
            return a.rank() == 1 ? Strided.unsqueeze(a, 0) : a;
        }

        static View right(View b) {
            return b.rank() == 1 ? Strided.unsqueeze(b, 1) : b;
        }

        static int[] batch(View a, View b) {
            Shape of = Shape.of(Arrays.copyOf(a.dims(), a.rank() - 2));
            return of.broadcast(Shape.of(Arrays.copyOf(b.dims(), b.rank() - 2))).intExtents();
        }

        static View over(int[] batch, View matrices) {
            int r = matrices.rank();
            return matrices.expand(Axes.concat(batch, matrices.dim(r - 2), matrices.dim(r - 1)));
        }

        /// dA = dY · Bᵀ and dB = Aᵀ · dY, summed over broadcast axes; for a plain matrix B all rows of A are
        /// one matrix.
        @Override
        public void gradient(Adjoint adjoint) {
            GraphBuilder g = adjoint.graph();
            Value a = adjoint.input(0);
            Value b = adjoint.input(1);
            Value dy = adjoint.cotangent(0).orElseThrow();
            Value left = a.rank() == 1 ? g.apply(new Shaping.Unsqueeze(), a, g.longs(0)) : a;
            Value right = b.rank() == 1 ? g.apply(new Shaping.Unsqueeze(), b, g.longs(1)) : b;
            if (a.rank() == 1) {
                dy = g.apply(new Shaping.Unsqueeze(), dy, g.longs(b.rank() == 1 ? -1 : -2));
            }
            if (b.rank() == 1) {
                dy = g.apply(new Shaping.Unsqueeze(), dy, g.longs(-1));
            }
            if (adjoint.wants(0)) {
                Value da = g.apply(this, dy, g.apply(Arranging.Transpose.lastTwo(right.rank()), right));
                adjoint.give(0, fold(g, da, left, a));
            }
            if (adjoint.wants(1)) {
                boolean plain = right.rank() == 2 && left.rank() > 2;
                Value rows = plain ? g.apply(new Shaping.Flatten(-1), left) : left;
                Value drows = plain ? g.apply(new Shaping.Flatten(-1), dy) : dy;
                Value db = g.apply(this, g.apply(Arranging.Transpose.lastTwo(rows.rank()), rows), drows);
                adjoint.give(1, fold(g, db, right, b));
            }
        }

        private static Value fold(GraphBuilder g, Value gradient, Value matrices, Value operand) {
            Value summed = gradient.rank() > 2 ? g.apply(new Reductions.SumTo(), gradient, matrices) : gradient;
            return operand.rank() == 1 ? g.apply(new Shaping.ReshapeLike(), summed, operand) : summed;
        }

        @Override
        public void lower(Lowering l) {
            View a = left(l.input(0));
            View b = right(l.input(1));
            int[] batch = batch(a, b);
            View out = l.output(0);
            int k = a.dim(a.rank() - 1);
            int m = a.dim(a.rank() - 2);
            int n = b.dim(b.rank() - 1);
            boolean oneRight = Arrays.stream(b.dims(), 0, b.rank() - 2).allMatch(d -> d == 1);
            if (a.rank() > 2 && oneRight) {
                int rows = m * Arrays.stream(batch).reduce(1, (x, y) -> x * y);
                View flat = a.expand(Axes.concat(batch, m, k)).reshape(rows, k);
                if (flat != null) {
                    emit(l, flat, Strided.as(b, k, n), View.dense(out.buffer(), out.dtype(), rows, n));
                    return;
                }
            }
            emit(l, over(batch, a), over(batch, b), View.dense(out.buffer(), out.dtype(), Axes.concat(batch, m, n)));
        }

        private static void emit(Lowering l, View a, View b, View out) {
            DType acc = out.dtype().computeType();
            Expr done = Expr.arg(0, acc).castTo(out.dtype());
            l.emit(new Kernel.Contract(a, b, null, null, acc, List.of(), done, out));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new MatMul(), Example.f32(3, 4), Example.f32(4, 5)),
                    Example.of(new MatMul(), Example.f32(2, 3, 4), Example.f32(4, 5)),
                    Example.of(new MatMul(), Example.f32(2, 1, 3, 4), Example.f32(3, 4, 2)),
                    Example.of(new MatMul(), Example.f32(4), Example.f32(2, 4, 3)),
                    Example.of(new MatMul(), Example.f32(2, 3, 4), Example.f32(4)),
                    Example.of(new MatMul(), Example.f32(7), Example.f32(7)),
                    Example.of(new MatMul(), Example.f32(3, 0), Example.f32(0, 2)),
                    Example.of(new MatMul(), Example.operand(DType.F16, 3, 4), Example.operand(DType.F16, 4, 2)),
                    Example.of(new MatMul(), Example.operand(DType.I32, 3, 4), Example.operand(DType.I32, 4, 2)));
        }
    }

    /// alpha · A · B + beta · C, where `transA` and `transB` swap the axes of their operand, and operand C, which
    /// may be left out, broadcasts to the result. ONNX Gemm, opset 13.
    record Gemm(double alpha, double beta, boolean transA, boolean transB) implements Products {
        /// A · B + C.
        public Gemm() {
            this(1, 1, false, false);
        }

        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(2, 3);
            for (int i = 1; i < in.size(); i++) {
                in.require(i, in.dtype(0));
            }
            return List.of(in.dtype(0));
        }

        @Override
        public List<Shape> shapes(Operands in) {
            if (in.shape(0).rank() != 2 || in.shape(1).rank() != 2) {
                throw new ShapeException("two matrices are needed, not " + in.tensor(0) + " and " + in.tensor(1));
            }
            Dim columns = in.shape(0).dim(transA ? 0 : 1);
            Dim rows = in.shape(1).dim(transB ? 1 : 0);
            if (columns.isFixed() && rows.isFixed() && !columns.equals(rows)) {
                throw new ShapeException((transA ? "rows" : "columns") + " of " + in.tensor(0) + " must equal "
                        + (transB ? "columns" : "rows") + " of " + in.tensor(1));
            }
            Shape out = Shape.of(in.shape(0).dim(transA ? 1 : 0), in.shape(1).dim(transB ? 0 : 1));
            if (in.size() == 3) {
                Shape both = out.broadcast(in.shape(2));
                if (both.rank() > 2 || (both.isConcrete() && out.isConcrete() && !both.equals(out))) {
                    throw new ShapeException(in.tensor(2) + " does not broadcast to the product " + out);
                }
            }
            return List.of(out);
        }

        @Override
        public Set<Integer> weightOperands() {
            return Set.of(1, 2);
        }

        private View left(View a) {
            return transA ? a.permute(1, 0) : a;
        }

        private View right(View b) {
            return transB ? b.permute(1, 0) : b;
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Shape shape = shapes(Operands.ofValues(in)).getFirst();
            boolean isFloat = in.get(0).dtype().isFloat();
            DType exact = isFloat ? DType.F64 : DType.I64;
            Tensor product = SumOfProducts.matrices(
                    exact,
                    shape,
                    in.get(0),
                    left(Strided.dense(in.get(0))),
                    in.get(1),
                    right(Strided.dense(in.get(1))));
            double[] sums = new double[product.length()];
            long[] wrapped = new long[product.length()];
            View c = in.size() < 3 ? null : Strided.dense(in.get(2)).expand(shape.intExtents());
            Positions p = c == null ? new Positions(shape.intExtents()) : new Positions(shape.intExtents(), c);
            for (int i = 0; i < sums.length; i++, p.next()) {
                sums[i] = alpha * product.getDouble(i)
                        + (c == null ? 0 : beta * in.get(2).getDouble(p.at(0)));
                wrapped[i] = ((long) alpha) * product.getLong(i)
                        + (c == null ? 0 : ((long) beta) * in.get(2).getLong(p.at(0)));
            }
            DType dtype = in.get(0).dtype();
            return List.of(isFloat ? Tensors.of(dtype, shape, sums) : Tensors.of(dtype, shape, wrapped));
        }

        /// With P = op(A) · op(B): dop(A) = alpha · dY · op(B)ᵀ, dop(B) = alpha · op(A)ᵀ · dY, each written
        /// down in the operand's own orientation; dC = beta · dY, summed.
        @Override
        public void gradient(Adjoint adjoint) {
            GraphBuilder g = adjoint.graph();
            Value a = adjoint.input(0);
            Value b = adjoint.input(1);
            Value dy = adjoint.cotangent(0).orElseThrow();
            if (adjoint.wants(0)) {
                adjoint.give(0, transA ? times(g, b, dy, transB, true) : times(g, dy, b, false, !transB));
            }
            if (adjoint.wants(1)) {
                adjoint.give(1, transB ? times(g, dy, a, true, transA) : times(g, a, dy, !transA, false));
            }
            if (adjoint.inputs() == 3 && adjoint.wants(2)) {
                Value summed = g.apply(new Reductions.SumTo(), dy, adjoint.input(2));
                Value scaled = beta == 1 ? summed : g.apply(Arithmetic.MUL, summed, g.scalar(dy.dtype(), beta));
                adjoint.give(2, scaled);
            }
        }

        private Value times(GraphBuilder g, Value x, Value y, boolean transX, boolean transY) {
            return g.apply(new Gemm(alpha, 0, transX, transY), x, y);
        }

        @Override
        public void lower(Lowering l) {
            View out = l.output(0);
            DType acc = out.dtype().computeType();
            Expr e = Expr.arg(0, acc);
            if (alpha != 1) {
                e = e.times(alpha);
            }
            List<View> extra = new ArrayList<>();
            if (l.inputs() == 3 && beta != 0) {
                View c = l.input(2);
                Expr term = Expr.arg(1, c.dtype()).castTo(acc);
                e = e.plus(beta == 1 ? term : term.times(beta));
                extra.add(c.expand(out.dims()));
            }
            l.emit(new Kernel.Contract(
                    left(l.input(0)), right(l.input(1)), null, null, acc, extra, e.castTo(out.dtype()), out));
        }

        static Stream<Example> examples() {
            return Stream.of(
                    Example.of(new Gemm(), Example.f32(3, 4), Example.f32(4, 5), Example.f32(5)),
                    Example.of(new Gemm(0.5, 2, true, true), Example.f32(4, 3), Example.f32(5, 4), Example.f32(3, 1)),
                    Example.of(new Gemm(1, 1, false, true), Example.f32(1, 4), Example.f32(5, 4), Example.f32()),
                    Example.of(new Gemm(2, 1, true, false), Example.f32(4, 3), Example.f32(4, 2)));
        }
    }
}
