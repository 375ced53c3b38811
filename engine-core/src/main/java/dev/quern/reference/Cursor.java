package dev.quern.reference;

import dev.quern.kernel.View;
import java.util.List;

/// Walks an iteration space row-major and keeps the position in the array of each view, so that no index is
/// multiplied out at an element.
///
/// A view may have more axes than the space; it is then walked along its leading ones.
final class Cursor {
    /// Positions in the views that are read, after the slots left free for the caller.
    final int[] in;
    /// Positions in the views that are written.
    final int[] out;
    /// The position along each axis.
    final long[] index;

    private final int free;
    private final int[] dims;
    private final int[][] reads;
    private final int[][] writes;
    private final int total;
    private int linear;

    /// @param dims the extents of the space
    /// @param free how many leading slots of [#in] belong to the caller
    Cursor(int[] dims, int free, List<View> reads, List<View> writes) {
        this.dims = dims;
        this.free = free;
        this.reads = reads.stream().map(View::strides).toArray(int[][]::new);
        this.writes = writes.stream().map(View::strides).toArray(int[][]::new);
        this.in = new int[free + reads.size()];
        this.out = new int[writes.size()];
        this.index = new long[dims.length];
        this.total = count(dims);
        for (int v = 0; v < reads.size(); v++) {
            in[free + v] = reads.get(v).offset();
        }
        for (int v = 0; v < writes.size(); v++) {
            out[v] = writes.get(v).offset();
        }
    }

    /// Over `dims`, along views that are read.
    static Cursor reading(int[] dims, View... reads) {
        return new Cursor(dims, 0, List.of(reads), List.of());
    }

    /// The number of points of a space.
    static int count(int[] dims) {
        int n = 1;
        for (int d : dims) {
            n *= d;
        }
        return n;
    }

    /// The row-major number of the position.
    long linear() {
        return linear;
    }

    /// Whether the position lies inside the space.
    boolean inside() {
        return linear < total;
    }

    /// Goes on to the next position.
    void next() {
        linear++;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            if (++index[axis] < dims[axis]) {
                move(axis, 1);
                return;
            }
            index[axis] = 0;
            move(axis, 1 - dims[axis]);
        }
    }

    private void move(int axis, int steps) {
        for (int v = 0; v < reads.length; v++) {
            in[free + v] += reads[v][axis] * steps;
        }
        for (int v = 0; v < writes.length; v++) {
            out[v] += writes[v][axis] * steps;
        }
    }
}
