package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Lowering;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// The product of a constant matrix [out, in] with the elements along one axis of a dense tensor.
final class AxisProduct {
    private final int axis;
    private final double[][] matrix;

    AxisProduct(int axis, double[][] matrix) {
        this.axis = axis;
        this.matrix = matrix;
    }

    /// The product with the transposed matrix [in, out].
    static AxisProduct transposed(int axis, double[][] matrix, int in) {
        double[][] turned = new double[in][matrix.length];
        for (int i = 0; i < in; i++) {
            for (int j = 0; j < matrix.length; j++) {
                turned[i][j] = matrix[j][i];
            }
        }
        return new AxisProduct(axis, turned);
    }

    /// The product in doubles; `dims` are those of `values` and become those of the result.
    double[] apply(double[] values, int[] dims) {
        int before = size(dims, 0, axis);
        int in = dims[axis];
        int after = size(dims, axis + 1, dims.length);
        double[] product = new double[before * matrix.length * after];
        for (int b = 0; b < before; b++) {
            for (int o = 0; o < matrix.length; o++) {
                for (int i = 0; i < in; i++) {
                    for (int a = 0; a < after; a++) {
                        product[(b * matrix.length + o) * after + a] += matrix[o][i] * values[(b * in + i) * after + a];
                    }
                }
            }
        }
        dims[axis] = matrix.length;
        return product;
    }

    /// Emits the product as one Contract: rows times the transposed matrix for the last axis, else the matrix times
    /// columns.
    void emit(Lowering l, View from, View to) {
        int[] dims = from.dims();
        int before = size(dims, 0, axis);
        int in = dims[axis];
        int out = matrix.length;
        int after = size(dims, axis + 1, dims.length);
        DType compute = from.dtype().computeType();
        View weights = l.constant(tensor(compute, in));
        View a = weights.expand(before, out, in);
        View b = Strided.as(from, before, in, after);
        View c = Strided.as(to, before, out, after);
        if (after == 1) {
            a = Strided.as(from, before, in);
            b = weights.permute(1, 0);
            c = Strided.as(to, before, out);
        }
        Expr done = Expr.arg(0, compute).castTo(to.dtype());
        l.emit(new Kernel.Contract(a, b, null, null, compute, List.of(), done, c));
    }

    private Tensor tensor(DType dtype, int in) {
        double[] flat = Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
        return Tensors.of(dtype, Shape.of(matrix.length, in), flat);
    }

    private static int size(int[] dims, int from, int to) {
        return Arrays.stream(dims, from, to).reduce(1, (x, y) -> x * y);
    }
}
