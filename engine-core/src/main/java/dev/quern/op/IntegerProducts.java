package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Example;
import dev.quern.graph.Lowering;
import dev.quern.graph.Operands;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Products of 8-bit integers with zero points, accumulated in 32 bits.
public sealed interface IntegerProducts extends Products {

    @Override
    default boolean isDifferentiable() {
        return false;
    }

    @Override
    default Set<Integer> weightOperands() {
        return Set.of();
    }

    /// (A − a₀) · (B − b₀) as `i32`. The zero points, operands 2 and 3, may be left out (0), be one number, or be
    /// one for each row of A and each column of B. ONNX MatMulInteger, opset 10.
    record MatMulInteger() implements IntegerProducts {
        @Override
        public List<DType> dtypes(Operands in) {
            in.requireSize(2, 4);
            for (int i = 0; i < in.size(); i++) {
                in.require(i, i < 2 ? new DType[] {DType.I8, DType.U8} : new DType[] {in.dtype(i - 2)});
            }
            return List.of(DType.I32);
        }

        @Override
        public List<Shape> shapes(Operands in) {
            return List.of(Products.MatMul.shape(in));
        }

        @Override
        public List<Tensor> evaluate(List<Tensor> in) {
            Operands known = Operands.ofValues(in);
            View a = Products.MatMul.left(Strided.dense(in.get(0)));
            View b = Products.MatMul.right(Strided.dense(in.get(1)));
            int[] batch = Products.MatMul.batch(a, b);
            Tensor x = minus(in.get(0), a, in.size() < 3 ? null : in.get(2), true);
            Tensor y = minus(in.get(1), b, in.size() < 4 ? null : in.get(3), false);
            return List.of(SumOfProducts.matrices(
                    DType.I32,
                    shapes(known).getFirst(),
                    x,
                    Products.MatMul.over(batch, a),
                    y,
                    Products.MatMul.over(batch, b)));
        }

        private static Tensor minus(Tensor t, View matrices, @Nullable Tensor zero, boolean rows) {
            long[] out = t.toLongs();
            if (zero != null) {
                Positions p = new Positions(matrices.dims(), spread(Strided.dense(zero), matrices, rows));
                for (int i = 0; i < out.length; i++, p.next()) {
                    out[i] -= zero.getLong(p.at(0));
                }
            }
            return Tensors.of(DType.I32, t.shape(), out);
        }

        /// Zero points over the matrices: a vector has one for each row (left operand) or column (right
        /// operand).
        private static View spread(View zero, View matrices, boolean rows) {
            boolean perRow = rows && zero.rank() == 1 && zero.dim(0) != 1;
            return (perRow ? Strided.unsqueeze(zero, 1) : zero).expand(matrices.dims());
        }

        @Override
        public void lower(Lowering l) {
            View a = Products.MatMul.left(l.input(0));
            View b = Products.MatMul.right(l.input(1));
            int[] batch = Products.MatMul.batch(a, b);
            View out = l.output(0);
            int[] dims = Axes.concat(batch, a.dim(a.rank() - 2), b.dim(b.rank() - 1));
            l.emit(new Kernel.Contract(
                    Products.MatMul.over(batch, a),
                    Products.MatMul.over(batch, b),
                    l.inputs() < 3 ? null : Products.MatMul.over(batch, spread(l.input(2), a, true)),
                    l.inputs() < 4 ? null : Products.MatMul.over(batch, spread(l.input(3), b, false)),
                    DType.I32,
                    List.of(),
                    Expr.arg(0, DType.I32),
                    View.dense(out.buffer(), DType.I32, dims)));
        }

        static Stream<Example> examples() {
            Example.Operand u8 = Example.operand(DType.U8, 4, 3).in(0, 256);
            Example.Operand i8 = Example.operand(DType.I8, 2, 3, 2).in(-128, 128);
            return Stream.of(
                    Example.of(new MatMulInteger(), u8, Example.operand(DType.U8, 3, 2)),
                    Example.of(
                            new MatMulInteger(),
                            u8,
                            Example.operand(DType.U8, 3, 2),
                            Example.operand(DType.U8),
                            Example.operand(DType.U8, 1)),
                    Example.of(
                            new MatMulInteger(), u8, i8, Example.operand(DType.U8, 4), Example.operand(DType.I8, 2)));
        }
    }
}
