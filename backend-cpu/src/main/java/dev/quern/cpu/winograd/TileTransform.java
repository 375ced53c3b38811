package dev.quern.cpu.winograd;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.ScratchPlan;
import dev.quern.cpu.run.Workspace;
import java.util.Arrays;

/// Brings the tiles of an operand to the points of the transform: values [value, tile, channel].
///
/// @param transform of one axis
/// @param tileStep from one tile to the next
record TileTransform(TileGrid grid, Transform transform, TransformKernel transforms, int tileStep) {
    /// Scratch arrays: rows of the operand; half-transformed tiles.
    static final int ROWS = 0;

    static final int HALVES = 1;

    /// Distances that are multiples of so many floats meet in few of a cache's sets.
    private static final int CROWDED = 128;

    private static final int LINE = 16;

    /// At least `length`, and no multiple of what is crowded.
    static int uncrowded(int length) {
        return length + (length % CROWDED == 0 ? LINE : 0);
    }

    /// Says what of a worker's scratch it will use.
    void plan(ScratchPlan plan) {
        plan.floats(HALVES, (long) TileGrid.POINTS * grid.columns() * grid.channels());
        plan.floats(ROWS, (long) grid.reach() * grid.inputColumns() * grid.channels());
    }

    /// Transforms a strip: down the columns, then along the rows. Value v of tile t goes to
    /// `(v · tiles + firstTile + t) · tileStep`.
    void transform(Workspace workspace, Scratch scratch, int strip, float[] to, int firstTile, int tiles) {
        int channels = grid.channels();
        int left = grid.padLeft() * channels;
        int row = grid.columns() * channels;
        int met = grid.inputColumns() * channels;
        float[] halves = scratch.floats(HALVES, TileGrid.POINTS * row);
        for (int i = 0; i < TileGrid.POINTS; i++) {
            Arrays.fill(halves, i * row, i * row + Math.min(left, row), 0f);
            Arrays.fill(halves, i * row + Math.min(left + met, row), (i + 1) * row, 0f);
        }
        if (met > 0) {
            float[] from = workspace.floats(grid.input().buffer());
            int at = grid.rowAt(strip, grid.inputRow(strip));
            int step = grid.input().stride(2);
            if (grid.meetsPadding(strip) || !grid.hasRowsInOrder()) {
                from = copied(from, scratch, strip);
                at = 0;
                step = met;
            }
            transforms.apply(transform, scratch, from, at, step, 0, halves, left, row, 0, 1, met);
        }
        for (int i = 0; i < TileGrid.POINTS; i++) {
            int toAt = (i * TileGrid.POINTS * tiles + firstTile) * tileStep;
            int line = TileGrid.TILE * channels;
            transforms.apply(
                    transform,
                    scratch,
                    halves,
                    i * row,
                    channels,
                    line,
                    to,
                    toAt,
                    tiles * tileStep,
                    tileStep,
                    grid.tilesPerStrip(),
                    channels);
        }
    }

    /// The input rows of a strip one after another, channels as neighbours, rows of padding as zeros.
    private float[] copied(float[] from, Scratch scratch, int strip) {
        int channels = grid.channels();
        int columns = grid.inputColumns();
        int length = columns * channels;
        float[] rows = scratch.floats(ROWS, grid.reach() * length);
        int first = grid.inputRow(strip);
        for (int i = 0; i < grid.reach(); i++) {
            int to = i * length;
            if (first + i < 0 || first + i >= grid.input().dim(2)) {
                Arrays.fill(rows, to, to + length, 0f);
            } else if (grid.hasRowsInOrder()) {
                System.arraycopy(from, grid.rowAt(strip, first + i), rows, to, length);
            } else {
                gather(from, grid.rowAt(strip, first + i), columns, rows, to);
            }
        }
        return rows;
    }

    private void gather(float[] from, int at, int columns, float[] rows, int to) {
        int channels = grid.channels();
        int step = grid.input().stride(3);
        if (grid.input().stride(1) == 1) {
            for (int x = 0; x < columns; x++) {
                System.arraycopy(from, at + x * step, rows, to + x * channels, channels);
            }
            return;
        }
        for (int c = 0; c < channels; c++) {
            int source = at + c * grid.input().stride(1);
            for (int x = 0; x < columns; x++) {
                rows[to + x * channels + c] = from[source + x * step];
            }
        }
    }
}
