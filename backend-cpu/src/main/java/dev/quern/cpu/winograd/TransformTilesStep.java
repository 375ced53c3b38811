package dev.quern.cpu.winograd;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;

/// Brings all tiles of an operand to the points of the transform: a unit is a strip.
///
/// @param buffer where the values go
record TransformTilesStep(TileTransform operand, int buffer) implements Step {

    @Override
    public int units() {
        return operand.grid().strips();
    }

    @Override
    public long nanosPerUnit() {
        TileGrid grid = operand.grid();
        return 500 + (long) TileGrid.VALUES * grid.tilesPerStrip() * grid.channels();
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        float[] values = workspace.floats(buffer);
        TileGrid grid = operand.grid();
        for (int strip = from; strip < to; strip++) {
            workspace.control().check();
            operand.transform(workspace, scratch, strip, values, strip * grid.tilesPerStrip(), grid.tiles());
        }
    }
}
