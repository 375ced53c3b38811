package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import java.util.Arrays;

/// The plain form: rows of B and of the sums are copied into arrays of their own, since loops over whole arrays are
/// what the compiler vectorises well; four values of p and two rows at a time.
public final class PlainBlockKernel implements BlockKernel {
    /// Rows of B at a time; with a block's width they fill half of a second-level cache.
    private static final int DEPTH = 64;

    private static final int SUMS = SCRATCH + DEPTH;

    /// How many scratch arrays it uses.
    static final int ARRAYS = DEPTH + 2;

    private final Tile tile;

    public PlainBlockKernel(Tile tile) {
        this.tile = tile;
    }

    @Override
    public Tile tile() {
        return tile;
    }

    @Override
    public void multiply(
            Scratch scratch,
            float[] a,
            int aAt,
            int rows,
            float[] b,
            int bAt,
            int columns,
            int kTotal,
            int kFrom,
            int k,
            boolean first,
            float[] c) {
        if (first) {
            Arrays.fill(c, 0, rows * columns, 0f);
        }
        for (int from = 0; from < k; from += DEPTH) {
            int depth = Math.min(DEPTH, k - from);
            unpack(scratch, b, bAt, columns, kTotal, kFrom + from, depth);
            for (int i = 0; i < rows; i += 2) {
                twoRows(scratch, a, aAt, i, Math.min(2, rows - i), rows, kTotal, kFrom + from, depth, columns, c);
            }
        }
    }

    private void unpack(Scratch scratch, float[] b, int bAt, int columns, int kTotal, int p0, int depth) {
        int width = tile.columns();
        for (int p = 0; p < depth; p++) {
            float[] row = scratch.floats(SCRATCH + p, columns);
            for (int q = 0; q < columns; q += width) {
                System.arraycopy(b, bAt + q * kTotal + (p0 + p) * width, row, q, width);
            }
        }
    }

    /// Where element (i, p = 0) of packed A is, and the step from one p to the next.
    private record Line(int at, int step) {}

    private Line line(int aAt, int i, int rows, int kTotal) {
        int first = i - i % tile.rows();
        return new Line(aAt + first * kTotal + i - first, Math.min(tile.rows(), rows - first));
    }

    private void twoRows(
            Scratch scratch,
            float[] a,
            int aAt,
            int i,
            int count,
            int rows,
            int kTotal,
            int p0,
            int depth,
            int columns,
            float[] c) {
        float[] x = scratch.floats(SUMS, columns);
        float[] y = scratch.floats(SUMS + 1, columns);
        Line first = line(aAt, i, rows, kTotal);
        Line second = line(aAt, i + count - 1, rows, kTotal);
        System.arraycopy(c, i * columns, x, 0, columns);
        System.arraycopy(c, (i + count - 1) * columns, y, 0, columns);
        int p = 0;
        for (; p + 4 <= depth; p += 4) {
            int s = first.at + (p0 + p) * first.step;
            int t = second.at + (p0 + p) * second.step;
            add(
                    x,
                    y,
                    scratch.floats(SCRATCH + p, columns),
                    scratch.floats(SCRATCH + p + 1, columns),
                    scratch.floats(SCRATCH + p + 2, columns),
                    scratch.floats(SCRATCH + p + 3, columns),
                    a[s],
                    a[s + first.step],
                    a[s + 2 * first.step],
                    a[s + 3 * first.step],
                    a[t],
                    a[t + second.step],
                    a[t + 2 * second.step],
                    a[t + 3 * second.step],
                    columns);
        }
        for (; p < depth; p++) {
            float[] row = scratch.floats(SCRATCH + p, columns);
            add(x, row, a[first.at + (p0 + p) * first.step], columns);
            add(y, row, a[second.at + (p0 + p) * second.step], columns);
        }
        System.arraycopy(x, 0, c, i * columns, columns);
        if (count == 2) {
            System.arraycopy(y, 0, c, (i + 1) * columns, columns);
        }
    }

    private static void add(
            float[] x,
            float[] y,
            float[] b0,
            float[] b1,
            float[] b2,
            float[] b3,
            float x0,
            float x1,
            float x2,
            float x3,
            float y0,
            float y1,
            float y2,
            float y3,
            int n) {
        for (int j = 0; j < n; j++) {
            x[j] = Math.fma(x3, b3[j], Math.fma(x2, b2[j], Math.fma(x1, b1[j], Math.fma(x0, b0[j], x[j]))));
            y[j] = Math.fma(y3, b3[j], Math.fma(y2, b2[j], Math.fma(y1, b1[j], Math.fma(y0, b0[j], y[j]))));
        }
    }

    private static void add(float[] x, float[] b, float factor, int n) {
        for (int j = 0; j < n; j++) {
            x[j] = Math.fma(factor, b[j], x[j]);
        }
    }
}
