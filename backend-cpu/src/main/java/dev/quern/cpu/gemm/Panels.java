package dev.quern.cpu.gemm;

/// Matrices as block kernels read them, and the plain way to make them so.
///
/// A [rows, k] becomes panels of `tile.rows` rows, each k-major: element (i, p) of panel q at
/// `q · tile.rows · k + p · r + i`, where r is the number of rows of the panel (less in the last). B [k, columns]
/// becomes panels of `tile.columns` columns, element (p, j) of panel q at
/// `q · tile.columns · k + p · tile.columns + j`; the last one is filled up with zeros.
public record Panels(Tile tile) implements Packing {

    /// Floats that `columns` columns of B take.
    public static int lengthOfB(Tile tile, int k, int columns) {
        return Math.multiplyExact(Math.ceilDiv(columns, tile.columns()) * tile.columns(), k);
    }

    @Override
    public void packA(float[] from, int at, int rowStride, int kStride, int rows, int k, float[] to, int toAt) {
        if (rowStride == 1) {
            packColumns(from, at, kStride, rows, k, to, toAt);
            return;
        }
        for (int first = 0; first < rows; first += tile.rows()) {
            int r = Math.min(tile.rows(), rows - first);
            int source = at + first * rowStride;
            int target = toAt + first * k;
            if (r == 6 && kStride == 1) {
                packSix(from, source, rowStride, k, to, target);
                continue;
            }
            for (int i = 0; i < r; i++) {
                for (int p = 0; p < k; p++) {
                    to[target + p * r + i] = from[source + i * rowStride + p * kStride];
                }
            }
        }
    }

    /// Rows that are columns of what is stored: all of them at one value of k after another, as they lie.
    private void packColumns(float[] from, int at, int kStride, int rows, int k, float[] to, int toAt) {
        for (int p = 0; p < k; p++) {
            int source = at + p * kStride;
            for (int first = 0; first < rows; first += tile.rows()) {
                int r = Math.min(tile.rows(), rows - first);
                int target = toAt + first * k + p * r;
                if (r == 6) {
                    moveSix(from, source + first, to, target);
                    continue;
                }
                for (int i = 0; i < r; i++) {
                    to[target + i] = from[source + first + i];
                }
            }
        }
    }

    private static void moveSix(float[] from, int at, float[] to, int target) {
        to[target] = from[at];
        to[target + 1] = from[at + 1];
        to[target + 2] = from[at + 2];
        to[target + 3] = from[at + 3];
        to[target + 4] = from[at + 4];
        to[target + 5] = from[at + 5];
    }

    /// Six rows at once, each read in order: the indices are such that the compiler drops their checks.
    private static void packSix(float[] from, int at, int rowStride, int k, float[] to, int target) {
        int row1 = at + rowStride;
        int row2 = row1 + rowStride;
        int row3 = row2 + rowStride;
        int row4 = row3 + rowStride;
        int row5 = row4 + rowStride;
        for (int p = 0; p < k; p++) {
            to[target + 6 * p] = from[at + p];
            to[target + 6 * p + 1] = from[row1 + p];
            to[target + 6 * p + 2] = from[row2 + p];
            to[target + 6 * p + 3] = from[row3 + p];
            to[target + 6 * p + 4] = from[row4 + p];
            to[target + 6 * p + 5] = from[row5 + p];
        }
    }

    @Override
    public void packB(float[] from, int at, int kStride, int columnStride, int k, int columns, float[] to, int toAt) {
        int width = tile.columns();
        for (int first = 0; first < columns; first += width) {
            int n = Math.min(width, columns - first);
            int source = at + first * columnStride;
            int target = toAt + first * k;
            if (columnStride == 1) {
                for (int p = 0; p < k; p++) {
                    System.arraycopy(from, source + p * kStride, to, target + p * width, n);
                }
            } else {
                transpose(from, source, kStride, columnStride, k, n, width, to, target);
            }
            if (n < width) {
                for (int p = 0; p < k; p++) {
                    java.util.Arrays.fill(to, target + p * width + n, target + (p + 1) * width, 0f);
                }
            }
        }
    }

    /// In squares, so that both sides stay in the cache.
    private static void transpose(
            float[] from, int at, int kStride, int columnStride, int k, int n, int width, float[] to, int target) {
        int square = 16;
        for (int p0 = 0; p0 < k; p0 += square) {
            int p1 = Math.min(k, p0 + square);
            for (int j = 0; j < n; j++) {
                int s = at + j * columnStride;
                for (int p = p0; p < p1; p++) {
                    to[target + p * width + j] = from[s + p * kStride];
                }
            }
        }
    }
}
