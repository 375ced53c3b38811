package dev.quern.cpu.window;

import dev.quern.cpu.gemm.Axis;
import dev.quern.cpu.gemm.Pixels;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.ScratchPlan;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.View;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A pool or a depth-wise convolution: a unit is a row of output positions of one image, with all channels. Where the
/// window reaches out of the input, it is cut.
final class SlidingStep implements Step {
    private static final int RESULTS = 2;

    /// The first scratch array that is the epilogue's.
    static final int EPILOGUE = 3;

    /// What is passed for an ending's operand where there is none.
    private static final float[] NO_OPERAND = new float[1];

    private final WindowKernel kernel;
    private final SlidingWindow window;
    private final Pixels pixels;
    private final int from;
    private final float @Nullable [] counts;
    private final int images;
    private final @Nullable Epilogue epilogue;
    private final @Nullable View target;
    private final @Nullable View planes;
    private final Transposer transposer;
    private final int operandBuffer;
    private final @Nullable View number;

    /// The columns of the output where runs of positions with the same taps begin, and the end of the last.
    private final int[] runs;

    /// By row of the output and run of columns; `null` where no tap meets the input.
    private final @Nullable Taps[][] taps;

    /// @param from the buffer where `pixels` are
    /// @param counts what to divide by at each position, or `null`
    /// @param epilogue not needed where there is a `target` or there are `planes`
    /// @param target the output [n, c, positions], where results may be written to it at once
    /// @param planes the output [n, c, positions] with a plane for each channel, where rows of results need no more
    ///     than to be turned over
    /// @param operandBuffer where the operand of channels of the window's ending is, or −1
    /// @param number the operand for all results of the window's ending, or `null`
    SlidingStep(
            WindowKernel kernel,
            SlidingWindow window,
            Pixels pixels,
            int from,
            float @Nullable [] counts,
            int images,
            @Nullable Epilogue epilogue,
            @Nullable View target,
            @Nullable View planes,
            Transposer transposer,
            int operandBuffer,
            @Nullable View number) {
        this.kernel = kernel;
        this.window = window;
        this.pixels = pixels;
        this.from = from;
        this.counts = counts;
        this.images = images;
        this.epilogue = epilogue;
        this.target = target;
        this.planes = planes;
        this.transposer = transposer;
        this.operandBuffer = operandBuffer;
        this.number = number;
        this.runs = runs(pixels.columns());
        this.taps = new Taps[pixels.rows().out()][];
        for (int y = 0; y < taps.length; y++) {
            taps[y] = y > 0 && sameTaps(pixels.rows(), y - 1, y) ? taps[y - 1] : row(y);
        }
    }

    private static boolean sameTaps(Axis axis, int i, int j) {
        return axis.firstTap(i) == axis.firstTap(j) && axis.endOfTaps(i) == axis.endOfTaps(j);
    }

    private static int[] runs(Axis columns) {
        int[] begins = new int[columns.out() + 1];
        int count = 1;
        for (int x = 1; x < columns.out(); x++) {
            if (!sameTaps(columns, x - 1, x)) {
                begins[count++] = x;
            }
        }
        begins[count++] = columns.out();
        return Arrays.copyOf(begins, count);
    }

    private @Nullable Taps[] row(int y) {
        Axis rows = pixels.rows();
        Axis columns = pixels.columns();
        int top = rows.firstTap(y);
        int height = rows.endOfTaps(y) - top;
        @Nullable Taps[] all = new Taps[runs.length - 1];
        for (int run = 0; run < all.length; run++) {
            int left = columns.firstTap(runs[run]);
            int width = columns.endOfTaps(runs[run]) - left;
            if (height > 0 && width > 0) {
                all[run] = new Taps(
                        top * columns.taps() + left,
                        height,
                        width,
                        rows.dilation() * pixels.rowStep(),
                        columns.dilation() * pixels.columnStep());
            }
        }
        return all;
    }

    @Override
    public int units() {
        return images * pixels.rows().out();
    }

    @Override
    public long nanosPerUnit() {
        return 100 + (long) pixels.columns().out() * window.channels() * window.taps() / 12;
    }

    @Override
    public void plan(ScratchPlan plan) {
        if (target == null) {
            plan.floats(RESULTS, (long) pixels.columns().out() * window.channels());
        }
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int fromUnit, int toUnit) {
        float[] operand = operandBuffer < 0 ? NO_OPERAND : workspace.floats(operandBuffer);
        int channels = window.channels();
        int height = pixels.rows().out();
        int width = pixels.columns().out();
        for (int unit = fromUnit; unit < toUnit; ) {
            int image = unit / height;
            int row = unit % height;
            int first = row * width;
            if (target != null) {
                float[] y = workspace.floats(target.buffer());
                int step = target.stride(2);
                int to = target.offset() + image * target.stride(0) + first * step;
                int rows = alike(row, Math.min(height, row + toUnit - unit));
                slide(workspace, scratch, image, row, rows, y, to, step, operand);
                divide(y, to, step, first, rows * width);
                unit += rows;
                continue;
            }
            unit++;
            float[] y = scratch.floats(RESULTS, width * channels);
            slide(workspace, scratch, image, row, 1, y, 0, channels, operand);
            divide(y, 0, channels, first, width);
            if (planes != null) {
                float[] to = workspace.floats(planes.buffer());
                int at = planes.offset() + image * planes.stride(0) + first;
                transposer.turn(y, 0, channels, width, channels, to, at, planes.stride(1));
                continue;
            }
            int position = (image * pixels.positions() + first) * channels;
            Objects.requireNonNull(epilogue)
                    .apply(workspace, scratch, y, 0, channels, width, channels, position, channels);
        }
    }

    /// How many rows from `row` on, before `end`, meet the same taps.
    @SuppressWarnings("ReferenceEquality") // rows with the same taps share an array
    private int alike(int row, int end) {
        int next = row + 1;
        while (next < end && taps[next] == taps[row]) {
            next++;
        }
        return next - row;
    }

    /// Rows of the output that meet the same taps.
    private void slide(
            Workspace workspace,
            Scratch scratch,
            int image,
            int row,
            int count,
            float[] y,
            int yAt,
            int yStep,
            float[] operand) {
        float[] x = workspace.floats(from);
        float forAll = number == null ? 0 : workspace.floats(number.buffer())[number.offset()];
        Axis rows = pixels.rows();
        Axis columns = pixels.columns();
        int yRow = columns.out() * yStep;
        for (int run = 0; run < runs.length - 1; run++) {
            int column = runs[run];
            int to = yAt + column * yStep;
            Taps some = taps[row][run];
            if (some == null) {
                for (int i = 0; i < count; i++) {
                    fill(y, to + i * yRow, runs[run + 1] - column, yStep);
                }
                continue;
            }
            int at = pixels.image(image)
                    + rows.place(row, some.first() / columns.taps()) * pixels.rowStep()
                    + columns.place(column, some.first() % columns.taps()) * pixels.columnStep();
            kernel.slide(
                    scratch, window, x, at, some, count, runs[run + 1] - column, y, to, yRow, yStep, operand, forAll);
        }
    }

    /// Positions that no tap meets.
    private void fill(float[] y, int at, int positions, int yStep) {
        for (int i = at; i < at + positions * yStep; i += yStep) {
            Arrays.fill(y, i, i + window.channels(), window.fold().start());
        }
    }

    private void divide(float[] y, int at, int step, int first, int positions) {
        float[] divisors = counts;
        if (divisors == null) {
            return;
        }
        for (int i = 0; i < positions; i++) {
            float divisor = divisors[first + i];
            for (int j = at + i * step; j < at + i * step + window.channels(); j++) {
                y[j] /= divisor;
            }
        }
    }
}
