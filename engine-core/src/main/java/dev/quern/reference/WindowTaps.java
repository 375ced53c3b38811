package dev.quern.reference;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.Arrays;
import java.util.List;

/// The elements under a pooling window, tap by tap in row-major order.
final class WindowTaps {
    private final int[] extents;
    private final int[] strides;
    /// For each tap and spatial axis, how far from the window's first position it lies.
    private final int[][] taps;
    private final int[] steps;
    private final int[] padLow;
    private final int[] padHigh;
    private final int[] offsets;
    private final int[] positions;
    private int real;
    private int padded;

    WindowTaps(Kernel.Window kernel) {
        View input = kernel.input();
        this.extents = Arrays.copyOfRange(input.dims(), 2, input.rank());
        this.strides = Arrays.copyOfRange(input.strides(), 2, input.rank());
        this.steps = ints(kernel.strides());
        this.padLow = ints(kernel.padLow());
        this.padHigh = ints(kernel.padHigh());
        int[] dims = ints(kernel.taps());
        int[] dilations = ints(kernel.dilations());
        this.taps = new int[Cursor.count(dims)][extents.length];
        int t = 0;
        for (Cursor tap = Cursor.reading(dims); tap.inside(); tap.next(), t++) {
            for (int axis = 0; axis < extents.length; axis++) {
                taps[t][axis] = Math.toIntExact(tap.index[axis]) * dilations[axis];
            }
        }
        this.offsets = new int[taps.length];
        this.positions = new int[taps.length];
    }

    private static int[] ints(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    /// Lays the window where output position `output` (n, c, spatial…) has it.
    void moveTo(long[] output) {
        real = 0;
        padded = 0;
        for (int[] tap : taps) {
            visit(output, tap);
        }
    }

    private void visit(long[] output, int[] tap) {
        int offset = 0;
        int position = 0;
        boolean isReal = true;
        for (int axis = 0; axis < extents.length; axis++) {
            int q = Math.toIntExact(output[axis + 2]) * steps[axis] + tap[axis] - padLow[axis];
            if (q >= extents[axis] + padHigh[axis]) {
                return;
            }
            isReal &= q >= 0 && q < extents[axis];
            offset += q * strides[axis];
            position = position * extents[axis] + q;
        }
        padded++;
        if (isReal) {
            offsets[real] = offset;
            positions[real] = position;
            real++;
        }
    }

    /// How many taps meet an element.
    int real() {
        return real;
    }

    /// How many taps meet an element or padding; the others lie beyond both, where extents were rounded up.
    int padded() {
        return padded;
    }

    /// Where the element under real tap `t` lies, from the first element of its plane.
    int offset(int t) {
        return offsets[t];
    }

    /// The row-major number of the element under real tap `t` within its plane.
    int position(int t) {
        return positions[t];
    }
}
