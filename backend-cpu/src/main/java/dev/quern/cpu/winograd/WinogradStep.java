package dev.quern.cpu.winograd;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.Factor;
import dev.quern.cpu.gemm.Panels;
import dev.quern.cpu.gemm.Sums;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import java.util.Arrays;

/// A convolution through the transforms: a unit is a few strips of tiles, of any images, and a block of output
/// channels.
final class WinogradStep implements Step {
    /// Scratch arrays: input rows, or rows packed for a product; half-transformed tiles; transformed tiles
    /// [value, tile, channel]; sums [value, tile, output channel]. Finished sums take the place of the second.
    private static final int ROWS = 0;

    private static final int HALVES = 1;
    private static final int TILES = 2;
    private static final int SUMS = 3;

    /// The first scratch array that is the epilogue's; what transforms keep there is no longer needed then.
    static final int EPILOGUE = TransformKernel.SCRATCH;

    /// Tiles of a unit: enough to read the weights seldom, few enough to stay in the second-level cache.
    private static final int MOST_TILES = 36;

    private static final int MOST_COLUMNS = 128;

    /// Distances that are multiples of so many floats meet in few of a cache's sets.
    private static final int CROWDED = 128;

    private static final int LINE = 16;

    private final TileGrid grid;
    private final TransformedWeights weights;
    private final BlockKernel blocks;
    private final TransformKernel transforms;
    private final Epilogue epilogue;
    private final int out;
    private final int stripsPerUnit;
    private final int columnsPerUnit;
    private final int tileStep;

    WinogradStep(
            TileGrid grid,
            TransformedWeights weights,
            BlockKernel blocks,
            TransformKernel transforms,
            Epilogue epilogue) {
        this.grid = grid;
        this.weights = weights;
        this.blocks = blocks;
        this.transforms = transforms;
        this.epilogue = epilogue;
        this.out = grid.output().dim(1);
        this.stripsPerUnit = Math.clamp(MOST_TILES / grid.tilesPerStrip(), 1, grid.strips());
        int width = blocks.tile().columns();
        int panels = Math.ceilDiv(out, width);
        int columnBlocks = Math.ceilDiv(panels * width, MOST_COLUMNS);
        this.columnsPerUnit = Math.ceilDiv(panels, columnBlocks) * width;
        this.tileStep = grid.channels() + (grid.channels() % CROWDED == 0 ? LINE : 0);
        blocks.prepare(stripsPerUnit * grid.tilesPerStrip());
        int rest = grid.strips() % stripsPerUnit;
        if (rest > 0) {
            blocks.prepare(rest * grid.tilesPerStrip());
        }
    }

    private int columnBlocks() {
        return Math.ceilDiv(out, columnsPerUnit);
    }

    @Override
    public int units() {
        return Math.ceilDiv(grid.strips(), stripsPerUnit) * columnBlocks();
    }

    @Override
    public long nanosPerUnit() {
        long values = (long) TileGrid.VALUES * stripsPerUnit * grid.tilesPerStrip();
        return 500 + values * (grid.channels() / 4 + columnsPerUnit / 4 + (long) grid.channels() * columnsPerUnit / 40);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        int transformed = -1;
        for (int unit = from; unit < to; unit++) {
            int group = unit / columnBlocks();
            int firstStrip = group * stripsPerUnit;
            int strips = Math.min(stripsPerUnit, grid.strips() - firstStrip);
            int tiles = strips * grid.tilesPerStrip();
            if (group != transformed) {
                for (int i = 0; i < strips; i++) {
                    tiles(workspace, scratch, firstStrip + i, i * grid.tilesPerStrip(), tiles);
                }
                transformed = group;
            }
            int column = unit % columnBlocks() * columnsPerUnit;
            int columns = Math.min(columnsPerUnit, out - column);
            int padded = Math.ceilDiv(columns, blocks.tile().columns())
                    * blocks.tile().columns();
            float[] sums = multiply(workspace, scratch, tiles, column, padded);
            for (int i = 0; i < strips; i++) {
                finish(
                        workspace,
                        scratch,
                        sums,
                        firstStrip + i,
                        i * grid.tilesPerStrip(),
                        tiles,
                        column,
                        columns,
                        padded);
            }
        }
    }

    /// Transforms a strip: down the columns, then along the rows.
    private void tiles(Workspace workspace, Scratch scratch, int strip, int firstTile, int tiles) {
        int channels = grid.channels();
        int left = grid.padLeft() * channels;
        int row = grid.columns() * channels;
        int met = grid.inputColumns() * channels;
        float[] halves = scratch.floats(HALVES, TileGrid.REACH * row);
        for (int i = 0; i < TileGrid.REACH; i++) {
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
            transforms.apply(Transform.INPUT, scratch, from, at, step, 0, halves, left, row, 0, 1, met);
        }
        float[] to = scratch.floats(TILES, TileGrid.VALUES * tiles * tileStep);
        for (int i = 0; i < TileGrid.REACH; i++) {
            int toAt = (i * TileGrid.REACH * tiles + firstTile) * tileStep;
            int line = TileGrid.TILE * channels;
            transforms.apply(
                    Transform.INPUT,
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
        float[] rows = scratch.floats(ROWS, TileGrid.REACH * length);
        int first = grid.inputRow(strip);
        for (int i = 0; i < TileGrid.REACH; i++) {
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

    /// The 36 products of the transformed tiles and weights, for a block of output channels.
    private float[] multiply(Workspace workspace, Scratch scratch, int tiles, int column, int columns) {
        int channels = grid.channels();
        float[] left = scratch.floats(TILES, TileGrid.VALUES * tiles * tileStep);
        float[] sums = scratch.floats(SUMS, TileGrid.VALUES * tiles * columns);
        Factor a = scratch.kept(Scratch.FACTOR_A, Factor.class, Factor::new);
        Factor b = scratch.kept(Scratch.FACTOR_B, Factor.class, Factor::new);
        Sums where = scratch.kept(Scratch.SUMS, Sums.class, Sums::new);
        for (int value = 0; value < TileGrid.VALUES; value++) {
            workspace.control().check();
            int at = value * tiles * tileStep;
            if (blocks.readsRows()) {
                a.rows(left, at, tileStep);
            } else {
                float[] packed = scratch.floats(ROWS, tiles * channels);
                Panels.packA(blocks.tile(), left, at, tileStep, 1, tiles, channels, packed, 0);
                a.packed(packed, 0, channels);
            }
            b.packed(weights.panels(workspace), weights.at(value, column, channels), channels);
            where.in(sums, value * tiles * columns, columns);
            int most = blocks.kBlock();
            for (int p = 0; p < channels; p += most) {
                blocks.multiply(scratch, a, tiles, b, columns, p, Math.min(most, channels - p), p == 0, where);
            }
        }
        return sums;
    }

    /// Turns the sums of a strip back, along the rows, then down the columns, and hands them to the epilogue.
    private void finish(
            Workspace workspace,
            Scratch scratch,
            float[] sums,
            int strip,
            int firstTile,
            int tiles,
            int column,
            int columns,
            int padded) {
        int row = grid.tilesPerStrip() * TileGrid.TILE * padded;
        float[] halves = scratch.floats(HALVES, (TileGrid.REACH + TileGrid.TILE) * row);
        for (int i = 0; i < TileGrid.REACH; i++) {
            int at = (i * TileGrid.REACH * tiles + firstTile) * padded;
            transforms.apply(
                    Transform.OUTPUT,
                    scratch,
                    sums,
                    at,
                    tiles * padded,
                    padded,
                    halves,
                    i * row,
                    padded,
                    TileGrid.TILE * padded,
                    grid.tilesPerStrip(),
                    padded);
        }
        int done = TileGrid.REACH * row;
        transforms.apply(Transform.OUTPUT, scratch, halves, 0, row, 0, halves, done, row, 0, 1, row);
        int image = strip / grid.stripsPerImage();
        int first = strip % grid.stripsPerImage() * TileGrid.TILE;
        int rows = Math.min(TileGrid.TILE, grid.height() - first);
        int width = grid.width();
        int position = ((image * grid.height() + first) * width) * out + column;
        int taken = width * padded;
        for (int y = 1; y < rows && taken < row; y++) {
            System.arraycopy(halves, done + y * row, halves, done + y * taken, taken);
        }
        epilogue.apply(workspace, scratch, halves, done, padded, rows * width, columns, position, out);
    }
}
