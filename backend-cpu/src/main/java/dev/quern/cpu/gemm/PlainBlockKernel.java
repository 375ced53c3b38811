package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import java.util.Arrays;

/// The plain form: rows of B and of the sums are copied into arrays of their own, since loops over whole arrays are
/// what the compiler vectorises well; four values of p and two rows at a time. Such loops begin and end slowly, so
/// blocks are to be wide.
public final class PlainBlockKernel implements BlockKernel {
    /// Columns at a time.
    private static final int WIDTH = 256;

    /// Rows that lay a power of two apart would share few sets of the cache.
    private static final int LENGTH = WIDTH + 4;

    /// Rows of B at a time; with that width they fit into a second-level cache.
    private static final int DEPTH = 64;

    /// What a worker copies rows into.
    private static final class Rows {
        private final float[][] b = new float[DEPTH][LENGTH];
        private final float[] x = new float[LENGTH];
        private final float[] y = new float[LENGTH];
    }

    private final Tile tile;

    public PlainBlockKernel(Tile tile) {
        this.tile = tile;
    }

    @Override
    public Tile tile() {
        return tile;
    }

    @Override
    public int leastColumns() {
        return WIDTH;
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
        Rows copies = scratch.kept(Scratch.COPIED_ROWS, Rows.class, Rows::new);
        for (int column = 0; column < columns; column += WIDTH) {
            int width = Math.min(WIDTH, columns - column);
            for (int p = kFrom; p < kFrom + k; p += DEPTH) {
                int depth = Math.min(DEPTH, kFrom + k - p);
                unpack(b, column, width, p, depth, copies.b);
                for (int i = 0; i < rows; i += 2) {
                    twoRows(copies, a, i, Math.min(2, rows - i), rows, p, depth, column, width, c);
                }
            }
        }
    }

    private void unpack(Factor b, int column, int columns, int p0, int depth, float[][] to) {
        int width = tile.columns();
        for (int p = 0; p < depth; p++) {
            for (int q = 0; q < columns; q += width) {
                System.arraycopy(b.array(), b.at() + (column + q) * b.k() + (p0 + p) * width, to[p], q, width);
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
            Rows copies, Factor a, int i, int count, int rows, int p0, int depth, int column, int columns, Sums c) {
        float[] x = copies.x;
        float[] y = copies.y;
        float[][] b = copies.b;
        Line first = line(a, i, rows);
        Line second = line(a, i + count - 1, rows);
        int firstAt = c.at() + i * c.step() + column;
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
                    b[p],
                    b[p + 1],
                    b[p + 2],
                    b[p + 3],
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
            add(x, b[p], a.array()[first.at + (p0 + p) * first.step], columns);
            add(y, b[p], a.array()[second.at + (p0 + p) * second.step], columns);
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
            float s0 = b0[j];
            float s1 = b1[j];
            float s2 = b2[j];
            float s3 = b3[j];
            x[j] = Math.fma(x3, s3, Math.fma(x2, s2, Math.fma(x1, s1, Math.fma(x0, s0, x[j]))));
            y[j] = Math.fma(y3, s3, Math.fma(y2, s2, Math.fma(y1, s1, Math.fma(y0, s0, y[j]))));
        }
    }

    private static void add(float[] x, float[] b, float factor, int n) {
        for (int j = 0; j < n; j++) {
            x[j] = Math.fma(factor, b[j], x[j]);
        }
    }
}
