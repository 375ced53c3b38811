package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import org.jspecify.annotations.Nullable;

/// A Window kernel of `f32` over two axes whose output rows are short, so that a row at a time would not pay, or that
/// tells where its maxima are: a unit is one channel of one image, and each output element is computed alone, taps in
/// row-major order.
public final class PoolStep implements Step {
    /// Rows from here on are better done as rows.
    private static final int MOST_COLUMNS = 32;

    /// The [rank][#rank] of what is in no window, at place −1.
    private static final long NOWHERE = Long.MIN_VALUE | (1L << 31);

    private final View input;
    private final View output;
    private final @Nullable View indices;
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
        indices = kernel.indices();
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
                && (kernel.indices() == null || kernel.indices().dtype() == DType.I64)
                && kernel.dilations().stream().allMatch(d -> d == 1)
                && kernel.input().stride(2) > 0
                && kernel.input().stride(3) > 0
                && (kernel.output().dim(3) < MOST_COLUMNS || kernel.indices() != null);
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
            if (indices != null) {
                followed(x, plane, y, at, (long[]) workspace.array(indices.buffer()), n, c, indices);
                continue;
            }
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

    /// Maxima with the positions in the plane of the first of equals, or of the first NaN.
    private void followed(float[] x, int plane, float[] y, int at, long[] places, int n, int c, View where) {
        int placeAt = where.offset() + n * where.stride(0) + c * where.stride(1);
        int width = input.dim(3);
        for (int i = 0; i < rows.out; i++) {
            for (int j = 0; j < columns.out; j++) {
                int best = ordered(Float.NEGATIVE_INFINITY);
                long first = NOWHERE;
                for (int row = rows.low(i); row < rows.high(i); row++) {
                    int line = plane + row * rowStep;
                    for (int column = columns.low(j); column < columns.high(j); column++) {
                        int value = ordered(x[line + column * columnStep]);
                        first = Math.max(first, rank(value, row * width + column));
                        best = Math.max(best, value);
                    }
                }
                y[at + i * output.stride(2) + j * output.stride(3)] = Float.intBitsToFloat(inOrder(best));
                int place = Integer.MAX_VALUE - (int) first;
                places[placeAt + i * where.stride(2) + j * where.stride(3)] = place;
            }
        }
    }

    /// The bits of a float as an integer that is ordered as [Math#max(float, float)] orders. Which value of a window
    /// comes out is for chance, and integers need no branches, which would be guessed wrong.
    private static int ordered(float value) {
        return inOrder(Float.floatToIntBits(value));
    }

    private static int inOrder(int bits) {
        return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }

    /// Greater the greater the value is, the zeros being equal, and among equals the earlier the place.
    private static long rank(int ordered, int place) {
        long value = ordered == ordered(-0f) ? 0 : ordered;
        return (value << 32) | (Integer.MAX_VALUE - place);
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
