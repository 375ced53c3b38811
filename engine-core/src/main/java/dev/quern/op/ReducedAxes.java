package dev.quern.op;

import dev.quern.kernel.View;
import java.util.Arrays;

/// Which axes of an operand a reduction keeps and which it runs over, both ascending.
record ReducedAxes(int[] kept, int[] reduced) {

    static ReducedAxes of(int rank, int... reduced) {
        int[] sorted = reduced.clone();
        Arrays.sort(sorted);
        return new ReducedAxes(Axes.others(sorted, rank), sorted);
    }

    /// The view with its reduced axes last, as a [dev.quern.kernel.Kernel.Reduce] takes it; with one axis of
    /// extent 1 where none is reduced.
    View last(View x) {
        View moved = x.permute(Axes.concat(kept, reduced));
        if (reduced.length > 0) {
            return moved;
        }
        int[] dims = Axes.concat(moved.dims(), 1);
        return View.of(moved.buffer(), moved.dtype(), moved.offset(), dims, Axes.concat(moved.strides(), 0));
    }

    /// How many axes of [#last] are reduced.
    int rank() {
        return Math.max(1, reduced.length);
    }

    /// How many elements become one.
    int count(View x) {
        int n = 1;
        for (int axis : reduced) {
            n *= x.dim(axis);
        }
        return n;
    }

    /// A dense result under the kept dims of `x`, whether or not its own dims keep the reduced axes as 1.
    View target(View out, View x) {
        return View.dense(
                out.buffer(), out.dtype(), Arrays.stream(kept).map(x::dim).toArray());
    }
}
