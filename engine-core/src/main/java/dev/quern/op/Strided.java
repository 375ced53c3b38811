package dev.quern.op;

import dev.quern.kernel.View;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.Objects;

/// Tensors read and written through views, element by element: the meaning of operators that only move elements.
final class Strided {
    private Strided() {}

    /// The whole of a tensor as a view.
    static View dense(Tensor t) {
        return View.dense(0, t.dtype(), t.shape().intExtents());
    }

    /// `v` with an axis of extent 1 at place `axis` of the result.
    static View unsqueeze(View v, int axis) {
        int[] dims = new int[v.rank() + 1];
        int[] strides = new int[v.rank() + 1];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = i == axis ? 1 : v.dim(i < axis ? i : i - 1);
            strides[i] = i == axis ? 0 : v.stride(i < axis ? i : i - 1);
        }
        return View.of(v.buffer(), v.dtype(), v.offset(), dims, strides);
    }

    /// `v` with these dims, which differ by axes of extent 1 only, or split axes: strides can always say that.
    static View as(View v, int... dims) {
        return Objects.requireNonNull(v.reshape(dims));
    }

    /// The elements of `x` that `window` shows, in its order.
    static Tensor read(Tensor x, View window) {
        Tensor out = Tensor.zeros(x.dtype(), Shape.of(window.dims()));
        Positions p = new Positions(window.dims(), window);
        for (int i = 0; i < out.length(); i++, p.next()) {
            out.elements().copy(i, x.elements(), p.at(0));
        }
        return out;
    }

    /// Stores the elements of `x`, in order, where `window` shows elements of `target`.
    static void write(Tensor x, Tensor target, View window) {
        Positions p = new Positions(window.dims(), window);
        for (int i = 0; i < x.length(); i++, p.next()) {
            target.elements().copy(p.at(0), x.elements(), i);
        }
    }
}
