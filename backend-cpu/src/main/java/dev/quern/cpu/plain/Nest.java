package dev.quern.cpu.plain;

import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;

/// The loops over an iteration space and where several views stand in it, with neighbouring loops merged wherever every
/// view allows it. Positions are row-major numbers, the same before and after merging.
public final class Nest {
    private final int[] dims;
    private final int[][] strides;
    private final int[] offsets;
    private final int length;

    private Nest(int[] dims, int[][] strides, int[] offsets, int length) {
        this.dims = dims;
        this.strides = strides;
        this.offsets = offsets;
        this.length = length;
    }

    /// The loops over a space in which several views stand.
    ///
    /// @param dims the extents of the space; every view has them
    public static Nest of(int[] dims, List<View> views) {
        int n = views.size();
        int length = 1;
        List<Integer> axes = new ArrayList<>();
        for (int axis = 0; axis < dims.length; axis++) {
            length *= dims[axis];
            if (dims[axis] != 1) {
                axes.add(axis);
            }
        }
        int[] merged = new int[Math.max(1, axes.size())];
        int[][] strides = new int[n][merged.length];
        int rank = 0;
        for (int axis : axes) {
            boolean joins = rank > 0;
            for (int v = 0; v < n && joins; v++) {
                joins = strides[v][rank - 1] == views.get(v).stride(axis) * dims[axis];
            }
            int at = joins ? rank - 1 : rank++;
            merged[at] = joins ? merged[at] * dims[axis] : dims[axis];
            for (int v = 0; v < n; v++) {
                strides[v][at] = views.get(v).stride(axis);
            }
        }
        if (rank == 0) {
            merged[0] = length == 0 ? 0 : 1;
            rank = 1;
        }
        int[] offsets = new int[n];
        for (int v = 0; v < n; v++) {
            offsets[v] = views.get(v).offset();
            strides[v] = java.util.Arrays.copyOf(strides[v], rank);
        }
        return new Nest(java.util.Arrays.copyOf(merged, rank), strides, offsets, length);
    }

    /// The number of positions.
    public int length() {
        return length;
    }

    public int rank() {
        return dims.length;
    }

    public int dim(int axis) {
        return dims[axis];
    }

    public int stride(int view, int axis) {
        return strides[view][axis];
    }

    public int offset(int view) {
        return offsets[view];
    }

    /// The extent of the innermost loop.
    public int inner() {
        return dims[dims.length - 1];
    }

    public int innerStride(int view) {
        return strides[view][dims.length - 1];
    }

    /// Where `view` stands at a position.
    public int address(int view, int position) {
        int[] s = strides[view];
        int rest = position;
        int at = offsets[view];
        for (int axis = dims.length - 1; axis > 0; axis--) {
            int d = dims[axis];
            int outer = rest / d;
            at += (rest - outer * d) * s[axis];
            rest = outer;
        }
        return at + rest * s[0];
    }
}
