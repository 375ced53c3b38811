package dev.quern.reference;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import org.jspecify.annotations.Nullable;

/// What one tap of a convolution meets at every output position, row-major over the positions: input elements without
/// their zero point, and 0 where it meets padding or a place that input dilation put in.
final class TapLine {
    private final Operand input;
    private final Kernel.Geometry geometry;
    private final int[] positions;
    private final int[] blocks;
    private final Row line;
    private final Elements elements;
    private final @Nullable Row zeros;
    private final @Nullable Elements zeroElements;

    /// @param positions the spatial extents of the output
    TapLine(Operand input, Kernel.Geometry geometry, int[] positions, DType accumulate, Elements[] buffers) {
        this.input = input;
        this.geometry = geometry;
        this.positions = positions;
        this.blocks = View.rowMajor(positions);
        int length = Cursor.count(positions);
        View zero = input.zero();
        this.line = Row.of(accumulate, length);
        this.elements = Buffers.of(input.view(), buffers);
        this.zeros = zero == null ? null : Row.of(accumulate, length);
        this.zeroElements = zero == null ? null : Buffers.of(zero, buffers);
    }

    /// The line for one image, channel and tap; valid until the next call.
    Row load(int image, int channel, long[] tap) {
        View view = input.view();
        load(line, view, elements, 0, plane(view, image, channel), 0, tap);
        View zero = input.zero();
        if (zero != null && zeros != null && zeroElements != null) {
            load(zeros, zero, zeroElements, 0, plane(zero, image, channel), 0, tap);
            line.subtract(zeros);
        }
        return line;
    }

    private static int plane(View view, int image, int channel) {
        return view.offset() + image * view.stride(0) + channel * view.stride(1);
    }

    /// Loads the block of positions along the spatial axes from `axis` on.
    private void load(Row to, View view, Elements from, int axis, int start, int at, long[] tap) {
        if (axis == positions.length) {
            to.load(at, from, start, 1, 1);
            return;
        }
        int stride = geometry.strides().get(axis);
        int spread = geometry.inputDilations().get(axis);
        int first = Math.toIntExact(tap[axis]) * geometry.dilations().get(axis)
                - geometry.padLow().get(axis);
        int extent = view.dim(axis + 2);
        int step = view.stride(axis + 2);
        int count = positions[axis];
        if (axis + 1 == positions.length && spread == 1) {
            int low = Math.clamp(Math.ceilDiv(-first, stride), 0, count);
            int high = Math.clamp(Math.ceilDiv(extent - first, stride), low, count);
            to.clear(at, low);
            to.load(at + low, from, start + (first + low * stride) * step, stride * step, high - low);
            to.clear(at + high, count - high);
            return;
        }
        for (int p = 0; p < count; p++) {
            int q = first + p * stride;
            if (q >= 0 && q % spread == 0 && q / spread < extent) {
                load(to, view, from, axis + 1, start + q / spread * step, at + p * blocks[axis], tap);
            } else {
                to.clear(at + p * blocks[axis], blocks[axis]);
            }
        }
    }
}
