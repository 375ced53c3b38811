package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;

/// Packs an operand that is not constant, before the product: a unit is a few panels of one matrix.
final class PackStep implements Step {
    private static final int PANELS = 4;

    private final Matrices matrices;
    private final Tile tile;
    private final int buffer;
    private final int linesPerUnit;
    private final int unitsPerMatrix;

    PackStep(Matrices matrices, Tile tile, int buffer) {
        this.matrices = matrices;
        this.tile = tile;
        this.buffer = buffer;
        linesPerUnit = PANELS * (matrices.side() == Matrices.Side.A ? tile.rows() : tile.columns());
        unitsPerMatrix = Math.ceilDiv(matrices.lines(), linesPerUnit);
    }

    @Override
    public int units() {
        return matrices.distinct() * unitsPerMatrix;
    }

    @Override
    public long nanosPerUnit() {
        return 50 + (long) linesPerUnit * matrices.k() / 2;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        float[] source = workspace.floats(matrices.view().buffer());
        float[] target = workspace.floats(buffer);
        for (int unit = from; unit < to; unit++) {
            int matrix = unit / unitsPerMatrix;
            int first = unit % unitsPerMatrix * linesPerUnit;
            int count = Math.min(linesPerUnit, matrices.lines() - first);
            int at = matrix * matrices.packedLength(tile) + first * matrices.k();
            matrices.pack(tile, source, matrix, first, count, target, at);
        }
    }
}
