package dev.quern.cpu.gemm;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.Arrays;

/// The input [n, c, height, width] of a convolution as operand B: a column for each output position, k over (c, taps),
/// where padding is 0; a matrix for each image and group. Nothing of it exists but the panels at hand.
final class Patches implements Packable {
    private final View input;
    private final int groups;
    private final int channels;
    private final Axis rows;
    private final Axis columns;

    /// One spatial axis.
    ///
    /// @param extent of the input
    /// @param stride of the input's view
    /// @param out extent of the output
    private record Axis(
            int extent, int stride, int out, int taps, int step, int dilation, int padLow, int inputDilation) {

        /// The input position that an output position meets at a tap; outside the input, or −1, it is 0.
        int source(int position, int tap) {
            int p = position * step + tap * dilation - padLow;
            return inputDilation == 1 ? p : p < 0 || p % inputDilation != 0 ? -1 : p / inputDilation;
        }

        boolean holds(int p) {
            return p >= 0 && p < extent;
        }
    }

    private Patches(View input, int groups, int channels, Axis rows, Axis columns) {
        this.input = input;
        this.groups = groups;
        this.channels = channels;
        this.rows = rows;
        this.columns = columns;
    }

    /// @param kernel a convolution over one or two axes
    static Patches of(Kernel.Convolve kernel) {
        View input = kernel.input();
        int last = input.rank() - 1;
        Axis columns = axis(kernel, last);
        Axis rows = last == 3 ? axis(kernel, 2) : new Axis(1, 0, 1, 1, 1, 1, 0, 1);
        return new Patches(
                input, kernel.geometry().featureGroups(), kernel.weights().dim(1), rows, columns);
    }

    private static Axis axis(Kernel.Convolve kernel, int axis) {
        Kernel.Geometry g = kernel.geometry();
        int i = axis - 2;
        return new Axis(
                kernel.input().dim(axis),
                kernel.input().stride(axis),
                kernel.output().dim(axis),
                kernel.weights().dim(axis),
                g.strides().get(i),
                g.dilations().get(i),
                g.padLow().get(i),
                g.inputDilations().get(i));
    }

    @Override
    public Side side() {
        return Side.B;
    }

    @Override
    public View view() {
        return input;
    }

    @Override
    public int matrices() {
        return input.dim(0) * groups;
    }

    @Override
    public int matrix(int batch) {
        return batch;
    }

    @Override
    public int lines() {
        return rows.out * columns.out;
    }

    @Override
    public int k() {
        return channels * rows.taps * columns.taps;
    }

    @Override
    public void pack(Tile tile, float[] from, int matrix, int first, int count, float[] to, int toAt) {
        int width = tile.columns();
        int k = k();
        int image = input.offset() + matrix / groups * input.stride(0) + matrix % groups * channels * input.stride(1);
        int padded = Math.ceilDiv(count, width) * width;
        for (int at = 0; at < count; ) {
            int row = (first + at) / columns.out;
            int column = (first + at) % columns.out;
            // a run along one output row, within one panel
            int n = Math.min(Math.min(columns.out - column, count - at), width - at % width);
            int target = toAt + (at - at % width) * k + at % width;
            packRun(from, image, row, column, n, to, target, width);
            at += n;
        }
        for (int p = 0; p < k && padded > count; p++) {
            int end = toAt + (padded - width) * k + (p + 1) * width;
            Arrays.fill(to, end - (padded - count), end, 0f);
        }
    }

    /// Packs output positions (row, column) to (row, column + n): for each k, n floats, `width` apart from the next
    /// k's.
    private void packRun(float[] from, int image, int row, int column, int n, float[] to, int toAt, int width) {
        int target = toAt;
        for (int c = 0; c < channels; c++) {
            int plane = image + c * input.stride(1);
            for (int i = 0; i < rows.taps; i++) {
                int y = rows.source(row, i);
                int line = plane + y * rows.stride;
                for (int j = 0; j < columns.taps; j++) {
                    if (rows.holds(y)) {
                        packTap(from, line, column, j, n, to, target);
                    } else {
                        Arrays.fill(to, target, target + n, 0f);
                    }
                    target += width;
                }
            }
        }
    }

    private void packTap(float[] from, int line, int column, int tap, int n, float[] to, int target) {
        if (columns.inputDilation != 1) {
            for (int x = 0; x < n; x++) {
                int p = columns.source(column + x, tap);
                to[target + x] = columns.holds(p) ? from[line + p * columns.stride] : 0f;
            }
            return;
        }
        int p = columns.source(column, tap);
        int step = columns.step;
        int low = Math.clamp(Math.ceilDiv(-p, step), 0, n);
        int high = Math.clamp(Math.ceilDiv(columns.extent - p, step), low, n);
        for (int x = 0; x < low; x++) {
            to[target + x] = 0f;
        }
        int distance = step * columns.stride;
        int start = line + p * columns.stride;
        if (low == high) {
            Arrays.fill(to, target, target + n, 0f);
            return;
        }
        if (distance == 1) {
            System.arraycopy(from, start + low, to, target + low, high - low);
        } else {
            for (int x = low; x < high; x++) {
                to[target + x] = from[start + x * distance];
            }
        }
        for (int x = high; x < n; x++) {
            to[target + x] = 0f;
        }
    }
}
