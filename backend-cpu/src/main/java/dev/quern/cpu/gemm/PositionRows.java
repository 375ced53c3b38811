package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;

/// The positions of images as operand A where each is a row of channels and all lie equally far apart: what a
/// convolution with a single tap meets.
///
/// @param at where channel 0 of the first position is
/// @param step from one position to the next
/// @param channels of a group
record PositionRows(int buffer, int at, int step, int groups, int channels, int imageLength) implements PanelSource {

    @Override
    public Factor lines(Workspace workspace, Scratch scratch, int batch, int first, int count) {
        int begin = at + batch / groups * imageLength + batch % groups * channels + first * step;
        return Factor.of(scratch, Packable.Side.A).rows(workspace.floats(buffer), begin, step);
    }
}
