package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import java.util.Arrays;

/// Products of integers that are floats, with sums that floats may not hold: k is cut into pieces whose sums they do
/// hold, and the sums of the pieces are added as integers.
final class Pieces implements BlockKernel {
    /// The scratch array of a piece's sums.
    static final int SCRATCH_ARRAY = 4;

    private final BlockKernel kernel;
    private final int most;
    private final boolean toFloats;

    /// @param kernel multiplies floats
    /// @param most values of k whose sums are exact
    /// @param toFloats whether finished sums are rounded to floats; else they are the bits of 32-bit integers
    Pieces(BlockKernel kernel, int most, boolean toFloats) {
        this.kernel = kernel;
        this.most = most;
        this.toFloats = toFloats;
    }

    @Override
    public Tile tile() {
        return kernel.tile();
    }

    @Override
    public Packing packing() {
        return kernel.packing();
    }

    @Override
    public boolean readsRows() {
        return kernel.readsRows();
    }

    @Override
    public boolean gathersLines() {
        return kernel.gathersLines();
    }

    @Override
    public int kBlock() {
        return Integer.MAX_VALUE;
    }

    @Override
    public void prepare(int rows) {
        kernel.prepare(rows);
    }

    @Override
    public void multiply(
            Scratch scratch, Factor a, int rows, Factor b, int columns, int kFrom, int k, boolean first, Sums c) {
        if (!first) {
            throw new IllegalArgumentException("k comes in one piece");
        }
        float[] to = c.array();
        int at = c.at();
        int step = c.step();
        int[] sums = scratch.addresses(rows * columns);
        Arrays.fill(sums, 0, rows * columns, 0);
        float[] piece = scratch.floats(SCRATCH_ARRAY, rows * columns);
        Sums some = new Sums().in(piece, 0, columns);
        for (int done = 0; done < k; done += most) {
            kernel.multiply(scratch, a, rows, b, columns, kFrom + done, Math.min(most, k - done), true, some);
            for (int i = 0; i < rows * columns; i++) {
                sums[i] += (int) piece[i];
            }
        }
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                int sum = sums[i * columns + j];
                to[at + i * step + j] = toFloats ? sum : Float.intBitsToFloat(sum);
            }
        }
    }
}
