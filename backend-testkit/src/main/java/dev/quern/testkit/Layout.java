package dev.quern.testkit;

import dev.quern.kernel.View;
import dev.quern.tensor.DType;

/// Ways for the elements of a view to lie in their buffer.
enum Layout {
    /// Row-major from the start.
    DENSE,
    /// Row-major from an offset.
    OFFSET,
    /// With gaps between elements and between rows.
    GAPPED,
    /// Backwards along every axis.
    REVERSED,
    /// Column-major.
    TRANSPOSED,
    /// Repeated along the first axis; for operands only.
    REPEATED;

    private static final int OFFSET_BY = 3;

    /// This layout, or where it is for operands only a dense one.
    Layout forOutputs() {
        return this == REPEATED ? DENSE : this;
    }

    View place(int buffer, DType dtype, int... dims) {
        int[] strides = View.rowMajor(dims);
        int offset = 0;
        switch (this) {
            case DENSE -> {}
            case OFFSET -> offset = OFFSET_BY;
            case GAPPED -> {
                int step = 2;
                for (int i = dims.length - 1; i >= 0; i--) {
                    strides[i] = step;
                    step = step * Math.max(1, dims[i]) + 1;
                }
            }
            case REVERSED -> {
                for (int i = 0; i < dims.length; i++) {
                    offset += Math.max(0, dims[i] - 1) * strides[i];
                    strides[i] = -strides[i];
                }
            }
            case TRANSPOSED -> {
                int step = 1;
                for (int i = 0; i < dims.length; i++) {
                    strides[i] = step;
                    step *= Math.max(1, dims[i]);
                }
            }
            case REPEATED -> {
                if (dims.length > 0) {
                    strides[0] = 0;
                }
            }
        }
        return View.of(buffer, dtype, offset, dims, strides);
    }

    /// How long a buffer must be to hold the view.
    static int bufferLength(View view) {
        int last = view.offset();
        for (int i = 0; i < view.rank(); i++) {
            if (view.dim(i) == 0) {
                return view.offset();
            }
            last += Math.max(0, view.stride(i)) * (view.dim(i) - 1);
        }
        return last + 1;
    }
}
