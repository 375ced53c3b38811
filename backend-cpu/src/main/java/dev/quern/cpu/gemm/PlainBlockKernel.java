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
            Scratch scratch, Factor a, int rows, Factor b, int columns, int kFrom, int k, boolean first, Sums c) {
        if (!a.isPacked() || !b.isPacked()) {
            throw new IllegalArgumentException("operands must be packed");
        }
        if (first) {
            for (int i = 0; i < rows; i++) {
                Arrays.fill(c.array(), c.at() + i * c.step(), c.at() + i * c.step() + columns, 0f);
            }
        }
        for (int from = 0; from < k; from += DEPTH) {
            int depth = Math.min(DEPTH, k - from);
            unpack(scratch, b, columns, kFrom + from, depth);
            for (int i = 0; i < rows; i += 2) {
                twoRows(scratch, a, i, Math.min(2, rows - i), rows, kFrom + from, depth, columns, c);
            }
        }
    }

    private void unpack(Scratch scratch, Factor b, int columns, int p0, int depth) {
        int width = tile.columns();
        for (int p = 0; p < depth; p++) {
            float[] row = scratch.floats(SCRATCH + p, columns);
            for (int q = 0; q < columns; q += width) {
                System.arraycopy(b.array(), b.at() + q * b.k() + (p0 + p) * width, row, q, width);
            }
        }
    }

    /// Where element (i, p = 0) of packed A is, and the step from one p to the next.
    private record Line(int at, int step) {}

    private Line line(Factor a, int i, int rows) {
        int first = i - i % tile.rows();
        return new Line(a.at() + first * a.k() + i - first, Math.min(tile.rows(), rows - first));
    }

    private void twoRows(
            Scratch scratch, Factor a, int i, int count, int rows, int p0, int depth, int columns, Sums c) {
        float[] x = scratch.floats(SUMS, columns);
        float[] y = scratch.floats(SUMS + 1, columns);
        Line first = line(a, i, rows);
        Line second = line(a, i + count - 1, rows);
        int firstAt = c.at() + i * c.step();
        int secondAt = firstAt + (count - 1) * c.step();
        System.arraycopy(c.array(), firstAt, x, 0, columns);
        System.arraycopy(c.array(), secondAt, y, 0, columns);
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
                    a.array()[s],
                    a.array()[s + first.step],
                    a.array()[s + 2 * first.step],
                    a.array()[s + 3 * first.step],
                    a.array()[t],
                    a.array()[t + second.step],
                    a.array()[t + 2 * second.step],
                    a.array()[t + 3 * second.step],
                    columns);
        }
        for (; p < depth; p++) {
            float[] row = scratch.floats(SCRATCH + p, columns);
            add(x, row, a.array()[first.at + (p0 + p) * first.step], columns);
            add(y, row, a.array()[second.at + (p0 + p) * second.step], columns);
        }
        System.arraycopy(x, 0, c.array(), firstAt, columns);
        if (count == 2) {
            System.arraycopy(y, 0, c.array(), secondAt, columns);
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
