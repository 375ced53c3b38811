package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;

/// Packs an operand that is not constant, before the product: a unit is a few panels of one matrix.
final class PackStep implements Step {
    private static final int PANELS = 4;

    private final Packable operand;
    private final Tile tile;
    private final int buffer;
    private final int linesPerUnit;
    private final int unitsPerMatrix;

    PackStep(Packable operand, Tile tile, int buffer) {
        this.operand = operand;
        this.tile = tile;
        this.buffer = buffer;
        linesPerUnit = PANELS * (operand.side() == Packable.Side.A ? tile.rows() : tile.columns());
        unitsPerMatrix = Math.ceilDiv(operand.lines(), linesPerUnit);
    }

    @Override
    public int units() {
        return operand.matrices() * unitsPerMatrix;
    }

    @Override
    public long nanosPerUnit() {
        return 50 + (long) linesPerUnit * operand.k() / 2;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        float[] source = workspace.floats(operand.view().buffer());
        float[] target = workspace.floats(buffer);
        for (int unit = from; unit < to; unit++) {
            int matrix = unit / unitsPerMatrix;
            int first = unit % unitsPerMatrix * linesPerUnit;
            int count = Math.min(linesPerUnit, operand.lines() - first);
            int at = matrix * operand.packedLength(tile, operand.lines()) + first * operand.k();
            operand.pack(tile, source, matrix, first, count, target, at);
        }
    }
}
