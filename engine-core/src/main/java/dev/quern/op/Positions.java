package dev.quern.op;

import dev.quern.kernel.View;

/// Walks several views over one iteration space in row-major order, keeping the position of each in its array.
final class Positions {
    private final int[] dims;
    private final View[] views;
    private final long[] index;
    private final int[] at;

    Positions(int[] dims, View... views) {
        this.dims = dims;
        this.views = views;
        this.index = new long[dims.length];
        this.at = new int[views.length];
        for (int v = 0; v < views.length; v++) {
            at[v] = views[v].offset();
        }
    }

    /// The position of each view's element in its array; changes with [#next].
    int[] at() {
        return at;
    }

    int at(int view) {
        return at[view];
    }

    /// The point of the iteration space; changes with [#next].
    long[] index() {
        return index;
    }

    void next() {
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            index[axis]++;
            for (int v = 0; v < views.length; v++) {
                at[v] += views[v].stride(axis);
            }
            if (index[axis] < dims[axis]) {
                return;
            }
            for (int v = 0; v < views.length; v++) {
                at[v] -= views[v].stride(axis) * dims[axis];
            }
            index[axis] = 0;
        }
    }
}
