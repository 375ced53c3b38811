package dev.quern.kernel;

import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import java.util.Arrays;

/// A strided window on one buffer: element (i₀, i₁, …) is at `offset + Σ iₖ·stride(k)`.
///
/// Strides and offset count elements. A stride may be 0 (broadcast) or negative (reversed). Transpose, slice, expand,
/// reversal and most reshapes are views, not kernels.
public final class View {
    private final int buffer;
    private final DType dtype;
    private final int offset;
    private final int[] dims;
    private final int[] strides;

    private View(int buffer, DType dtype, int offset, int[] dims, int[] strides) {
        this.buffer = buffer;
        this.dtype = dtype;
        this.offset = offset;
        this.dims = dims;
        this.strides = strides;
    }

    public static View of(int buffer, DType dtype, int offset, int[] dims, int[] strides) {
        if (dims.length != strides.length) {
            throw new ShapeException("a view needs one stride for each dimension");
        }
        return new View(buffer, dtype, offset, dims.clone(), strides.clone());
    }

    /// The whole of a buffer, row-major.
    public static View dense(int buffer, DType dtype, int... dims) {
        return new View(buffer, dtype, 0, dims.clone(), rowMajor(dims));
    }

    /// The row-major strides of a dense array.
    public static int[] rowMajor(int... dims) {
        int[] strides = new int[dims.length];
        int step = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= Math.max(1, dims[i]);
        }
        return strides;
    }

    /// The id of the buffer, its place in [Program#buffers()].
    public int buffer() {
        return buffer;
    }

    public DType dtype() {
        return dtype;
    }

    public int offset() {
        return offset;
    }

    public int rank() {
        return dims.length;
    }

    public int dim(int axis) {
        return dims[axis];
    }

    public int stride(int axis) {
        return strides[axis];
    }

    /// A copy of the extents.
    public int[] dims() {
        return dims.clone();
    }

    /// A copy of the strides.
    public int[] strides() {
        return strides.clone();
    }

    /// The number of elements.
    public int length() {
        int n = 1;
        for (int d : dims) {
            n *= d;
        }
        return n;
    }

    /// Whether the elements lie row-major without gaps, from any offset.
    public boolean isContiguous() {
        int step = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            if (dims[i] != 1 && strides[i] != step) {
                return length() == 0;
            }
            step *= dims[i];
        }
        return true;
    }

    /// The same window on another buffer.
    public View on(int otherBuffer) {
        return new View(otherBuffer, dtype, offset, dims, strides);
    }

    /// Axis `k` of the result is axis `order[k]` of this.
    public View permute(int... order) {
        int[] d = new int[order.length];
        int[] s = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            d[i] = dims[order[i]];
            s[i] = strides[order[i]];
        }
        return new View(buffer, dtype, offset, d, s);
    }

    /// `count` elements of `axis` from `start`, each `step` apart; `step` may be negative.
    public View slice(int axis, int start, int count, int step) {
        int[] d = dims.clone();
        int[] s = strides.clone();
        d[axis] = count;
        s[axis] = strides[axis] * step;
        return new View(buffer, dtype, count == 0 ? offset : offset + start * strides[axis], d, s);
    }

    /// Broadcast to `target` by the rule of ONNX: leading axes are added, extents of 1 are repeated.
    public View expand(int... target) {
        int lead = target.length - dims.length;
        int[] s = new int[target.length];
        for (int i = Math.max(0, lead); i < target.length; i++) {
            int own = dims[i - lead];
            if (own != target[i] && own != 1) {
                throw new ShapeException(Shape.of(dims) + " does not expand to " + Shape.of(target));
            }
            s[i] = own == target[i] ? strides[i - lead] : 0;
        }
        if (lead < 0) {
            throw new ShapeException(Shape.of(dims) + " does not expand to " + Shape.of(target));
        }
        return new View(buffer, dtype, offset, target.clone(), s);
    }

    /// This window under other dims of the same size, or `null` where no strides can say that without a copy.
    public @org.jspecify.annotations.Nullable View reshape(int... target) {
        int[] s = new int[target.length];
        if (length() == 0) {
            return new View(buffer, dtype, offset, target.clone(), rowMajor(target));
        }
        int from = 0;
        int to = 0;
        while (from < dims.length || to < target.length) {
            int fromEnd = from;
            int toEnd = to;
            long have = fromEnd < dims.length ? dims[fromEnd++] : 1;
            long need = toEnd < target.length ? target[toEnd++] : 1;
            while (have != need) {
                if (have < need) {
                    have *= dims[fromEnd++];
                } else {
                    need *= target[toEnd++];
                }
            }
            int last = -1;
            for (int i = from; i < fromEnd; i++) {
                if (dims[i] == 1) {
                    continue;
                }
                if (last >= 0 && strides[last] != strides[i] * dims[i]) {
                    return null;
                }
                last = i;
            }
            int step = last < 0 ? 1 : strides[last];
            for (int i = toEnd - 1; i >= to; i--) {
                s[i] = step;
                step *= target[i];
            }
            from = fromEnd;
            to = toEnd;
        }
        return new View(buffer, dtype, offset, target.clone(), s);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof View v
                && buffer == v.buffer
                && dtype == v.dtype
                && offset == v.offset
                && Arrays.equals(dims, v.dims)
                && Arrays.equals(strides, v.strides);
    }

    @Override
    public int hashCode() {
        return buffer * 31 + offset + Arrays.hashCode(dims) * 7 + Arrays.hashCode(strides);
    }

    /// `b3:f32[2,4]`, with strides and offset where the window is not dense: `b3:f32[4,2](1,4)+8`.
    @Override
    public String toString() {
        String text = "b" + buffer + ":" + dtype + Shape.of(dims);
        if (!isContiguous()) {
            StringBuilder s = new StringBuilder("(");
            for (int i = 0; i < strides.length; i++) {
                s.append(i == 0 ? "" : ",").append(strides[i]);
            }
            text += s.append(')');
        }
        return offset == 0 ? text : text + "+" + offset;
    }
}
