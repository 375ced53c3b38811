package dev.quern.op;

import dev.quern.graph.Lowering;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;

/// The meaning of every product of two tensors: over one space, the elements of `a` and `b` are multiplied and summed
/// where `out` points. Floats in double, integers exactly.
final class SumOfProducts {
    private SumOfProducts() {}

    /// @param aView the elements of `a` over the space; stride 0 along axes that `a` does not have
    /// @param outView where in the result each product goes; stride 0 along axes that are summed
    static Tensor of(DType dtype, Shape shape, Tensor a, View aView, Tensor b, View bView, View outView) {
        int n = shape.elements();
        Positions p = new Positions(aView.dims(), aView, bView, outView);
        int points = aView.length();
        if (dtype.isFloat()) {
            double[] sums = new double[n];
            for (int i = 0; i < points; i++, p.next()) {
                sums[p.at(2)] += a.getDouble(p.at(0)) * b.getDouble(p.at(1));
            }
            return Tensors.of(dtype, shape, sums);
        }
        long[] sums = new long[n];
        for (int i = 0; i < points; i++, p.next()) {
            sums[p.at(2)] += a.getLong(p.at(0)) * b.getLong(p.at(1));
        }
        return Tensors.of(dtype, shape, sums);
    }

    /// The operands of a batched matrix product spread over the space [batch…, m, n, k], and the product of them.
    static Tensor matrices(DType dtype, Shape shape, Tensor a, View aView, Tensor b, View bView) {
        int r = aView.rank();
        int[] space = new int[r + 1];
        for (int i = 0; i < r - 2; i++) {
            space[i] = aView.dim(i);
        }
        space[r - 2] = aView.dim(r - 2);
        space[r - 1] = bView.dim(r - 1);
        space[r] = aView.dim(r - 1);
        int[] outDims = space.clone();
        outDims[r] = 1;
        View out = View.dense(0, dtype, outDims).expand(space);
        View as = Strided.unsqueeze(aView, r - 1).expand(space);
        int[] swapped = Axes.all(r);
        swapped[r - 2] = r - 1;
        swapped[r - 1] = r - 2;
        View bs = Strided.unsqueeze(bView.permute(swapped), r - 2).expand(space);
        return of(dtype, shape, a, as, b, bs, out);
    }

    /// `v` under other dims, copied first where `dims` merge axes that do not lie together.
    static View merged(Lowering l, View v, int... dims) {
        View merged = v.reshape(dims);
        if (merged != null) {
            return merged;
        }
        View copy = l.temporary(v.dtype(), v.dims());
        l.copy(v, copy);
        return View.dense(copy.buffer(), copy.dtype(), dims);
    }
}
