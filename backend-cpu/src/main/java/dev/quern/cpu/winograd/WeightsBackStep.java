package dev.quern.cpu.winograd;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.View;

/// Turns sums over tiles [value, in, out] into the gradient of weights: a unit is one input channel.
///
/// @param gradient [in, out, 3, 3]
/// @param columns output channels in the sums
/// @param buffer where the sums are
record WeightsBackStep(View gradient, int columns, TransformKernel transforms, int buffer) implements Step {
    private static final int TAPS = 3;

    /// Scratch arrays: sums turned back along one axis, and along both.
    private static final int HALVES = 0;

    private static final int WHOLE = 1;

    /// [Transform#WEIGHTS_ADJOINT] is 24 times the matrix, and is applied along two axes.
    private static final float SCALE = 1f / (24 * 24);

    @Override
    public int units() {
        return gradient.dim(0);
    }

    @Override
    public long nanosPerUnit() {
        return 100 + 30L * gradient.dim(1);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        float[] sums = workspace.floats(buffer);
        float[] target = workspace.floats(gradient.buffer());
        int row = TileGrid.POINTS * columns;
        float[] halves = scratch.floats(HALVES, TAPS * row);
        float[] whole = scratch.floats(WHOLE, TAPS * TAPS * columns);
        int matrix = gradient.dim(0) * columns;
        for (int channel = from; channel < to; channel++) {
            int at = channel * columns;
            transforms.apply(
                    Transform.WEIGHTS_ADJOINT,
                    scratch,
                    sums,
                    at,
                    TileGrid.POINTS * matrix,
                    matrix,
                    halves,
                    0,
                    row,
                    columns,
                    TileGrid.POINTS,
                    columns);
            transforms.apply(
                    Transform.WEIGHTS_ADJOINT,
                    scratch,
                    halves,
                    0,
                    columns,
                    row,
                    whole,
                    0,
                    columns,
                    TAPS * columns,
                    TAPS,
                    columns);
            for (int t = 0; t < TAPS * TAPS; t++) {
                int tap = gradient.offset()
                        + channel * gradient.stride(0)
                        + t / TAPS * gradient.stride(2)
                        + t % TAPS * gradient.stride(3);
                for (int o = 0; o < gradient.dim(1); o++) {
                    target[tap + o * gradient.stride(1)] = SCALE * whole[t * columns + o];
                }
            }
        }
    }
}
