package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;

/// Panels that are packed where they are used, into the worker's scratch: for an operand of which each line is used by
/// one unit only.
final class FreshPanels implements PanelSource {
    private final Matrices matrices;
    private final Tile tile;
    private final int array;

    /// @param array the scratch array to pack into
    FreshPanels(Matrices matrices, Tile tile, int array) {
        this.matrices = matrices;
        this.tile = tile;
        this.array = array;
    }

    @Override
    public float[] panels(Workspace workspace, Scratch scratch, int batch, int first, int count) {
        float[] to = scratch.floats(array, matrices.packedLength(tile, count));
        matrices.pack(tile, workspace.floats(matrices.view().buffer()), batch, first, count, to, 0);
        return to;
    }

    @Override
    public int at(int batch, int first) {
        return 0;
    }
}
