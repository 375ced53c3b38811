package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;

/// Packs an operand that is not constant, before the product: a unit is a few panels of one matrix.
final class PackStep implements Step {
    private static final int PANELS_OF_A = 8;
    private static final int PANELS_OF_B = 4;

    private final Packable operand;
    private final Packing packing;
    private final int buffer;
    private final int linesPerUnit;
    private final int unitsPerMatrix;

    PackStep(Packable operand, Packing packing, int buffer) {
        this.operand = operand;
        this.packing = packing;
        Tile tile = packing.tile();
        this.buffer = buffer;
        linesPerUnit = operand.side() == Packable.Side.A ? PANELS_OF_A * tile.rows() : PANELS_OF_B * tile.columns();
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
            int at = matrix * operand.packedLength(packing.tile(), operand.lines()) + first * operand.k();
            operand.pack(packing, source, matrix, first, count, target, at);
        }
    }
}
