package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;

/// The patches of a convolution as operand A: a row for each output position, read from [pixels][Pixels] where they
/// lie.
final class GatheredRows implements PanelSource {
    private final Pixels pixels;
    private final int buffer;
    private final int groups;
    private final int channels;
    private final Gathering gathering;

    /// @param channels of a group
    /// @param images how many of them make up one matrix: 1, or all where there is one group
    GatheredRows(Pixels pixels, int buffer, int groups, int channels, int images) {
        this.pixels = pixels;
        this.buffer = buffer;
        this.groups = groups;
        this.channels = channels;
        this.gathering = pixels.gathering(channels, images);
    }

    @Override
    public Factor lines(Workspace workspace, Scratch scratch, int batch, int first, int count) {
        int at = pixels.image(batch / groups) + batch % groups * channels * pixels.channelStep();
        return Factor.of(scratch, Packable.Side.A).gathered(workspace.floats(buffer), at, gathering, first);
    }
}
