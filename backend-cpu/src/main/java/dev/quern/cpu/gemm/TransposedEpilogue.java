package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;

/// Turns blocks of (position, channel) over, for an output whose positions are neighbours.
///
/// @param inner of an output that is numbered by image and group, channel, position
/// @param positions of an image
/// @param channels of a group
record TransposedEpilogue(Epilogue inner, Transposer transposer, int positions, int channels) implements Epilogue {

    @Override
    public void apply(
            Workspace workspace,
            Scratch scratch,
            float[] sums,
            int at,
            int step,
            int rows,
            int n,
            int position,
            int rowPositions) {
        float[] turned = scratch.floats(ProductStep.A_PANELS, rows * n);
        transposer.turn(sums, at, step, rows, n, turned, 0, rows);
        int channel = position % channels;
        int row = position / channels % positions;
        int batch = position / channels / positions;
        int to = (batch * channels + channel) * positions + row;
        inner.apply(workspace, scratch, turned, 0, rows, n, rows, to, positions);
    }
}
