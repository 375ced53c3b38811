package dev.quern.cpu.winograd;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.Factor;
import dev.quern.cpu.gemm.Sums;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.ScratchPlan;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;

/// A convolution through the transforms: a unit is a few strips of tiles, of any images, and a block of output
/// channels.
final class WinogradStep implements Step {
    /// Scratch arrays: input rows, or rows packed for a product; half-transformed tiles; transformed tiles
    /// [value, tile, channel]; sums [value, tile, output channel]. Finished sums take the place of the second.
    private static final int ROWS = TileTransform.ROWS;

    private static final int HALVES = TileTransform.HALVES;
    private static final int TILES = 2;
    private static final int SUMS = 3;

    /// The first scratch array that is the epilogue's; what transforms keep there is no longer needed then.
    static final int EPILOGUE = TransformKernel.SCRATCH;

    /// Tiles of a unit: enough to read the weights seldom, few enough to stay in the second-level cache.
    private static final int MOST_TILES = 36;

    private static final int MOST_COLUMNS = 128;

    private final TileGrid grid;
    private final TransformedWeights weights;
    private final BlockKernel blocks;
    private final TransformKernel transforms;
    private final TileTransform operand;
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
        this.tileStep = TileTransform.uncrowded(grid.channels());
        this.operand = new TileTransform(grid, Transform.INPUT, transforms, tileStep);
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
    public void plan(ScratchPlan plan) {
        int tiles = Math.min(stripsPerUnit, grid.strips()) * grid.tilesPerStrip();
        int columns = Math.ceilDiv(Math.min(columnsPerUnit, out), blocks.tile().columns())
                * blocks.tile().columns();
        plan.floats(TILES, (long) TileGrid.VALUES * tiles * tileStep);
        plan.floats(SUMS, (long) TileGrid.VALUES * tiles * columns);
        if (!blocks.readsRows()) {
            plan.floats(ROWS, (long) tiles * grid.channels());
        }
        operand.plan(plan);
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
                    float[] left = scratch.floats(TILES, TileGrid.VALUES * tiles * tileStep);
                    operand.transform(workspace, scratch, firstStrip + i, left, i * grid.tilesPerStrip(), tiles);
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
                blocks.packing().packA(left, at, tileStep, 1, tiles, channels, packed, 0);
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
        float[] halves = scratch.floats(HALVES, (TileGrid.POINTS + TileGrid.TILE) * row);
        for (int i = 0; i < TileGrid.POINTS; i++) {
            int at = (i * TileGrid.POINTS * tiles + firstTile) * padded;
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
        int done = TileGrid.POINTS * row;
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
