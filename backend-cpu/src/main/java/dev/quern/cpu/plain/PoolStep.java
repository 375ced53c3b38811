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
    private final int rowStep;
    private final int columnStep;
    private final Axis rows;
    private final Axis columns;

    /// One spatial axis: for each output position its taps, from `low` to `high` of the input, and how many of them lie
    /// inside the padded input.
    private record Axis(int out, int taps, int[] lows, int[] highs, int[] insides) {

        static Axis of(Kernel.Window kernel, int i) {
            int extent = kernel.input().dim(i + 2);
            int out = kernel.output().dim(i + 2);
            int taps = kernel.taps().get(i);
            int[] lows = new int[out];
            int[] highs = new int[out];
            int[] insides = new int[out];
            for (int position = 0; position < out; position++) {
                int first = position * kernel.strides().get(i) - kernel.padLow().get(i);
                lows[position] = Math.max(0, first);
                highs[position] = Math.max(lows[position], Math.min(extent, first + taps));
                insides[position] = Math.clamp((long) extent + kernel.padHigh().get(i) - first, 0, taps);
            }
            return new Axis(out, taps, lows, highs, insides);
        }

        int low(int position) {
            return lows[position];
        }

        int high(int position) {
            return highs[position];
        }

        int padded(int position) {
            return insides[position];
        }
    }

    public PoolStep(Kernel.Window kernel) {
        input = kernel.input();
        output = kernel.output();
        reducer = kernel.reducer();
        countPadding = kernel.countPadding();
        rowStep = input.stride(2);
        columnStep = input.stride(3);
        rows = Axis.of(kernel, 0);
        columns = Axis.of(kernel, 1);
    }

    public static boolean fits(Kernel.Window kernel) {
        return kernel.input().rank() == 4
                && kernel.input().dtype() == DType.F32
                && kernel.indices() == null
                && kernel.dilations().stream().allMatch(d -> d == 1)
                && kernel.input().stride(2) > 0
                && kernel.input().stride(3) > 0
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
        int outRow = output.stride(2);
        int outColumn = output.stride(3);
        for (int unit = from; unit < to; unit++) {
            int n = unit / output.dim(1);
            int c = unit % output.dim(1);
            int plane = input.offset() + n * input.stride(0) + c * input.stride(1);
            int at = output.offset() + n * output.stride(0) + c * output.stride(1);
            for (int i = 0; i < rows.out; i++) {
                for (int j = 0; j < columns.out; j++) {
                    y[at + i * outRow + j * outColumn] = switch (reducer) {
                        case MAX -> maximum(x, plane, i, j);
                        case SUM -> sum(x, plane, i, j);
                        case AVERAGE -> sum(x, plane, i, j) / count(i, j);
                    };
                }
            }
        }
    }

    private float maximum(float[] x, int plane, int row, int column) {
        int end = plane + rows.high(row) * rowStep;
        int taps = (columns.high(column) - columns.low(column)) * columnStep;
        float best = Float.NEGATIVE_INFINITY;
        for (int line = plane + rows.low(row) * rowStep; line < end; line += rowStep) {
            int first = line + columns.low(column) * columnStep;
            for (int at = first; at < first + taps; at += columnStep) {
                best = Math.max(best, x[at]);
            }
        }
        return best;
    }

    private float sum(float[] x, int plane, int row, int column) {
        int end = plane + rows.high(row) * rowStep;
        int taps = (columns.high(column) - columns.low(column)) * columnStep;
        float sum = 0;
        for (int line = plane + rows.low(row) * rowStep; line < end; line += rowStep) {
            int first = line + columns.low(column) * columnStep;
            for (int at = first; at < first + taps; at += columnStep) {
                sum += x[at];
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
