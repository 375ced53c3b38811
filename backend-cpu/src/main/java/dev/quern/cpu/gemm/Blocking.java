package dev.quern.cpu.gemm;

/// How a batch of products [m, n] is divided into units: blocks of whole panels.
///
/// @param rowsPerUnit a multiple of a panel's rows
/// @param columnsPerUnit a multiple of a panel's columns
record Blocking(int batches, int m, int n, int rowsPerUnit, int columnsPerUnit) {
    /// A packed block of this many rows stays in a second-level cache.
    private static final int MOST_ROWS = 192;

    /// Where rows are short, more of them: so many elements of A and of the output, half of such a cache, and so many
    /// rows at most.
    private static final int MOST_OF_A = 32_768;

    private static final int MOST_OF_OUTPUT = 65_536;
    private static final int MOST_SHORT_ROWS = 1024;

    /// A unit is to be about this many multiplications, 0.2 ms at 50 GFLOP/s.
    private static final long UNIT_WORK = 5_000_000;

    /// A product of less work is still divided into this many units, so that threads share it evenly, unless a unit
    /// would have less than `LEAST_WORK`.
    private static final int LEAST_UNITS = 8;

    private static final long LEAST_WORK = 500_000;

    /// Half of a short product that helpers who are awake may share: both halves of its B then stay in the caches of
    /// their threads.
    private static final long LEAST_NANOS = 3_000;

    private static final int MOST_PANELS = 16;

    /// One more of so many units is little to wait for.
    private static final int MOST_UNEVEN = 32;

    static Blocking of(BlockKernel kernel, int batches, int m, int n, int k) {
        int most = Math.min(MOST_OF_A / Math.max(1, k), MOST_OF_OUTPUT / Math.max(1, n));
        int rowBlocks = Math.max(1, Math.ceilDiv(m, Math.clamp(most, MOST_ROWS, MOST_SHORT_ROWS)));
        return of(kernel, batches, m, n, k, rowBlocks, Math.ceilDiv(LEAST_UNITS, Math.max(1, batches * rowBlocks)));
    }

    /// Blocks of columns only, for a B that costs more to pack than A to read again.
    static Blocking ofAllRows(BlockKernel kernel, int batches, int m, int n, int k) {
        return of(kernel, batches, m, n, k, 1, 1);
    }

    private static Blocking of(
            BlockKernel kernel, int batches, int m, int n, int k, int rowBlocks, int leastColumnBlocks) {
        Tile tile = kernel.tile();
        int rows = roundUp(Math.ceilDiv(m, rowBlocks), tile.rows());
        long fitting = UNIT_WORK / Math.max(1L, (long) rows * k);
        int leastPanels = Math.ceilDiv(kernel.leastColumns(), tile.columns());
        int panels = Math.max(leastPanels, Math.clamp(fitting / tile.columns(), 1, MOST_PANELS));
        // even blocks, so that no thread is left with a whole one at the end
        int all = Math.max(1, Math.ceilDiv(n, tile.columns()));
        long worthwhile = (long) rows * k * all * tile.columns() / LEAST_WORK;
        if (worthwhile < 2 && nanos(m, n, k) >= 2 * LEAST_NANOS) {
            worthwhile = 2;
        }
        int wanted = Math.clamp(worthwhile, 1, Math.min(Math.max(1, all / leastPanels), leastColumnBlocks));
        int columnBlocks = Math.max(Math.ceilDiv(all, panels), wanted + (wanted > 1 ? wanted % 2 : 0));
        int columns = Math.ceilDiv(all, columnBlocks) * tile.columns();
        return new Blocking(batches, m, n, Math.max(tile.rows(), rows), columns).even(tile, k);
    }

    /// The same with smaller blocks, so that two threads have the same number of units, where there are a few.
    private Blocking even(Tile tile, int k) {
        int units = units();
        if (units == 1 || units > MOST_UNEVEN || units % 2 == 0) {
            return this;
        }
        long least = Math.max(1, LEAST_WORK / 2 / Math.max(1L, (long) rowsPerUnit * k));
        for (int columns = columnsPerUnit - tile.columns(); columns >= least; columns -= tile.columns()) {
            int blocks = Math.ceilDiv(n, columns);
            if (blocks % 2 == 0 && (blocks - 1) * columns + columns / 2 < n) {
                return new Blocking(batches, m, n, rowsPerUnit, columns);
            }
        }
        int rows = roundUp(Math.ceilDiv(m, rowBlocks() + 1), tile.rows());
        return rowBlocks() == 1 ? this : new Blocking(batches, m, n, rows, columnsPerUnit);
    }

    private static int roundUp(int value, int multiple) {
        return Math.ceilDiv(value, multiple) * multiple;
    }

    int rowBlocks() {
        return Math.ceilDiv(m, rowsPerUnit);
    }

    int columnBlocks() {
        return Math.ceilDiv(n, columnsPerUnit);
    }

    int units() {
        return batches * rowBlocks() * columnBlocks();
    }

    long nanosPerUnit(int k) {
        return 200 + nanos(Math.min(m, rowsPerUnit), Math.min(n, columnsPerUnit), k);
    }

    /// A few rows are multiplied in less time than B takes to arrive.
    private static long nanos(int rows, int columns, int k) {
        return columns * Math.max((long) rows * (k / 25 + 1), k / 9);
    }

    int batch(int unit) {
        return unit / (rowBlocks() * columnBlocks());
    }

    /// The first row; column blocks are innermost, so that the rows of neighbouring units stay in the second-level
    /// cache.
    int row(int unit) {
        return unit / columnBlocks() % rowBlocks() * rowsPerUnit;
    }

    int column(int unit) {
        return unit % columnBlocks() * columnsPerUnit;
    }

    int rows(int row) {
        return Math.min(rowsPerUnit, m - row);
    }

    int columns(int column) {
        return Math.min(columnsPerUnit, n - column);
    }
}
