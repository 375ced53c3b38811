package dev.quern.cpu.winograd;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.Factor;
import dev.quern.cpu.gemm.Sums;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;

/// For each value of a tile the product of transformed inputs and gradients of outputs, summed over all tiles: a unit
/// is one value, a matrix [in, out].
///
/// @param rows input channels
/// @param columns output channels, rounded up to whole panels
/// @param buffer where the sums go
record SumOverTilesStep(
        TransformTilesStep inputs, TransformTilesStep outputs, int rows, int columns, BlockKernel blocks, int buffer)
        implements Step {
    /// Scratch arrays: panels of both sides.
    private static final int A_PANELS = 0;

    private static final int B_PANELS = 1;

    /// Tiles that are multiplied at a time: their panels stay in the second-level cache.
    private static final int MOST_TILES = 256;

    SumOverTilesStep {
        blocks.prepare(rows);
    }

    @Override
    public int units() {
        return TileGrid.VALUES;
    }

    @Override
    public long nanosPerUnit() {
        return 500 + (long) tiles() * rows * columns / 30;
    }

    private int tiles() {
        return inputs.operand().grid().tiles();
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        float[] x = workspace.floats(inputs.buffer());
        float[] dy = workspace.floats(outputs.buffer());
        int xStep = inputs.operand().tileStep();
        int dyStep = outputs.operand().tileStep();
        Factor a = scratch.kept(Scratch.FACTOR_A, Factor.class, Factor::new);
        Factor b = scratch.kept(Scratch.FACTOR_B, Factor.class, Factor::new);
        Sums where = scratch.kept(Scratch.SUMS, Sums.class, Sums::new);
        for (int value = from; value < to; value++) {
            where.in(workspace.floats(buffer), value * rows * columns, columns);
            for (int tile = 0; tile < tiles(); tile += MOST_TILES) {
                workspace.control().check();
                int k = Math.min(MOST_TILES, tiles() - tile);
                int first = value * tiles() + tile;
                float[] left = scratch.floats(A_PANELS, rows * k);
                blocks.packing().packA(x, first * xStep, 1, xStep, rows, k, left, 0);
                a.packed(left, 0, k);
                if (blocks.readsRows()) {
                    b.rows(dy, first * dyStep, dyStep);
                } else {
                    float[] right = scratch.floats(B_PANELS, k * columns);
                    blocks.packing().packB(dy, first * dyStep, dyStep, 1, k, columns, right, 0);
                    b.packed(right, 0, k);
                }
                blocks.multiply(scratch, a, rows, b, columns, 0, k, tile == 0, where);
            }
        }
    }
}
