package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;

/// A Window kernel of `f32` over two axes whose output rows are short, so that a row at a time would not pay: a unit is
/// one channel of one image, and each output element is computed alone, taps in row-major order.
public final class PoolStep implements Step {
    /// Rows from here on are better done as rows.
    private static final int MOST_COLUMNS = 32;

    private final View input;
    private final View output;
    private final Kernel.WindowReducer reducer;
    private final boolean countPadding;
    private final Axis rows;
    private final Axis columns;

    /// One spatial axis.
    private record Axis(int extent, int out, int taps, int step, int padLow, int padHigh) {

        static Axis of(Kernel.Window kernel, int i) {
            return new Axis(
                    kernel.input().dim(i + 2),
                    kernel.output().dim(i + 2),
                    kernel.taps().get(i),
                    kernel.strides().get(i),
                    kernel.padLow().get(i),
                    kernel.padHigh().get(i));
        }

        int first(int position) {
            return position * step - padLow;
        }

        int low(int position) {
            return Math.max(0, first(position));
        }

        int high(int position) {
            return Math.max(low(position), Math.min(extent, first(position) + taps));
        }

        /// Taps inside the padded input.
        int padded(int position) {
            return Math.clamp((long) extent + padHigh - first(position), 0, taps);
        }
    }

    public PoolStep(Kernel.Window kernel) {
        input = kernel.input();
        output = kernel.output();
        reducer = kernel.reducer();
        countPadding = kernel.countPadding();
        rows = Axis.of(kernel, 0);
        columns = Axis.of(kernel, 1);
    }

    public static boolean fits(Kernel.Window kernel) {
        return kernel.input().rank() == 4
                && kernel.input().dtype() == DType.F32
                && kernel.indices() == null
                && kernel.dilations().stream().allMatch(d -> d == 1)
                && kernel.output().dim(3) < MOST_COLUMNS;
    }

    @Override
    public int units() {
        return output.dim(0) * output.dim(1);
    }

    @Override
    public long nanosPerUnit() {
        return 20 + (long) rows.out * columns.out * (2 + (long) rows.taps * columns.taps);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        float[] x = workspace.floats(input.buffer());
        float[] y = workspace.floats(output.buffer());
        for (int unit = from; unit < to; unit++) {
            int n = unit / output.dim(1);
            int c = unit % output.dim(1);
            int plane = input.offset() + n * input.stride(0) + c * input.stride(1);
            int at = output.offset() + n * output.stride(0) + c * output.stride(1);
            for (int i = 0; i < rows.out; i++) {
                for (int j = 0; j < columns.out; j++) {
                    int result = at + i * output.stride(2) + j * output.stride(3);
                    y[result] = switch (reducer) {
                        case MAX -> maximum(x, plane, i, j);
                        case SUM -> sum(x, plane, i, j);
                        case AVERAGE -> sum(x, plane, i, j) / count(i, j);
                    };
                }
            }
        }
    }

    private float maximum(float[] x, int plane, int row, int column) {
        int low = columns.low(column);
        int high = columns.high(column);
        float best = Float.NEGATIVE_INFINITY;
        for (int i = rows.low(row); i < rows.high(row); i++) {
            int line = plane + i * input.stride(2);
            for (int j = low; j < high; j++) {
                best = Math.max(best, x[line + j * input.stride(3)]);
            }
        }
        return best;
    }

    private float sum(float[] x, int plane, int row, int column) {
        int low = columns.low(column);
        int high = columns.high(column);
        float sum = 0;
        for (int i = rows.low(row); i < rows.high(row); i++) {
            int line = plane + i * input.stride(2);
            for (int j = low; j < high; j++) {
                sum += x[line + j * input.stride(3)];
            }
        }
        return sum;
    }

    private int count(int row, int column) {
        return countPadding
                ? rows.padded(row) * columns.padded(column)
                : (rows.high(row) - rows.low(row)) * (columns.high(column) - columns.low(column));
    }
}
