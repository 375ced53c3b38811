package dev.quern.reference;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.Arrays;

/// The elements under a pooling window, tap by tap in row-major order.
final class WindowTaps {
    private final Kernel.Window kernel;
    private final int[] extents;
    private final int[] strides;
    private final int[] taps;
    private final int[] offsets;
    private final int[] positions;
    private int real;
    private int padded;

    WindowTaps(Kernel.Window kernel) {
        View input = kernel.input();
        this.kernel = kernel;
        this.extents = Arrays.copyOfRange(input.dims(), 2, input.rank());
        this.strides = Arrays.copyOfRange(input.strides(), 2, input.rank());
        this.taps = kernel.taps().stream().mapToInt(Integer::intValue).toArray();
        int count = Cursor.count(taps);
        this.offsets = new int[count];
        this.positions = new int[count];
    }

    /// Lays the window where output position `output` (n, c, spatial…) has it.
    void moveTo(long[] output) {
        real = 0;
        padded = 0;
        for (Cursor tap = Cursor.reading(taps); tap.inside(); tap.next()) {
            visit(output, tap.index);
        }
    }

    private void visit(long[] output, long[] tap) {
        int offset = 0;
        int position = 0;
        boolean isReal = true;
        for (int axis = 0; axis < extents.length; axis++) {
            int q = Math.toIntExact(output[axis + 2]) * kernel.strides().get(axis)
                    + Math.toIntExact(tap[axis]) * kernel.dilations().get(axis)
                    - kernel.padLow().get(axis);
            if (q >= extents[axis] + kernel.padHigh().get(axis)) {
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
