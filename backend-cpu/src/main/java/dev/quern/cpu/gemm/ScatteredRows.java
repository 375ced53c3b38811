package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;

/// The patches of a convolution as operand B: a row for each (channel, tap), a column for each output position, read
/// from [planes][PaddedPlanes] where they lie, or packed from there.
final class ScatteredRows implements PanelSource {
    private final PaddedPlanes planes;
    private final int buffer;
    private final int groups;
    private final int groupStep;
    private final RowOffsets offsets;
    private final Tile tile;
    private final boolean packs;

    /// @param channels of a group
    /// @param packs whether the kernel needs panels
    ScatteredRows(PaddedPlanes planes, int buffer, int groups, int channels, Tile tile, boolean packs) {
        this.planes = planes;
        this.buffer = buffer;
        this.groups = groups;
        this.groupStep = channels * planes.channelStep();
        this.offsets = planes.offsets(channels);
        this.tile = tile;
        this.packs = packs;
    }

    @Override
    public Factor lines(Workspace workspace, Scratch scratch, int batch, int first, int count) {
        float[] from = workspace.floats(buffer);
        int at = planes.image(batch / groups) + batch % groups * groupStep + first;
        if (!packs) {
            return Factor.of(scratch, Packable.Side.B).scattered(from, at, offsets);
        }
        int k = offsets.count();
        int width = tile.columns();
        float[] to = scratch.floats(ProductStep.B_PANELS, Panels.lengthOfB(tile, k, count));
        for (int column = 0; column < count; column += width) {
            for (int p = 0; p < k; p++) {
                int source = at + column + offsets.get(p);
                int n = Math.min(width, from.length - source);
                System.arraycopy(from, source, to, column * k + p * width, n);
            }
        }
        return Factor.of(scratch, Packable.Side.B).packed(to, 0, k);
    }
}
