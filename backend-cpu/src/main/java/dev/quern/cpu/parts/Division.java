package dev.quern.cpu.parts;

import dev.quern.kernel.Buffer;
import dev.quern.kernel.View;
import java.util.List;

/// Buffers divided into equal parts that lie one behind the other, and the windows of views on a part.
///
/// @param buffers as the views name them
/// @param parts how many, at least two
record Division(List<Buffer> buffers, int parts) {

    /// The axis along which `view` is divided as its buffer is, each part of it inside that part of the buffer; −1
    /// without such an axis.
    int axis(View view) {
        for (int axis = 0; axis < view.rank(); axis++) {
            if (divides(view, axis)) {
                return axis;
            }
        }
        return -1;
    }

    boolean divides(View view, int axis) {
        int length = buffers.get(view.buffer()).length();
        if (length % parts != 0 || view.dim(axis) % parts != 0 || view.length() == 0) {
            return false;
        }
        long part = length / parts;
        if ((long) view.stride(axis) * (view.dim(axis) / parts) != part) {
            return false;
        }
        long low = view.offset();
        long high = view.offset();
        for (int i = 0; i < view.rank(); i++) {
            long last = (long) view.stride(i) * (view.dim(i) / (i == axis ? parts : 1) - 1);
            low += Math.min(0, last);
            high += Math.max(0, last);
        }
        return low >= 0 && high < part;
    }

    /// Whether every part of `view` along `axis` is the same elements.
    boolean repeats(View view, int axis) {
        return axis < 0 || (view.stride(axis) == 0 && view.dim(axis) % parts == 0);
    }

    /// One part of `view`.
    ///
    /// @param part which, from 0; for a buffer that holds only one part it is 0
    View part(View view, int axis, int part) {
        if (axis < 0) {
            return view;
        }
        View first = view.slice(axis, 0, view.dim(axis) / parts, 1);
        int step = view.stride(axis) * (view.dim(axis) / parts);
        return View.of(view.buffer(), view.dtype(), view.offset() + part * step, first.dims(), view.strides());
    }
}
