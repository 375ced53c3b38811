package dev.quern.cpu.winograd;

import dev.quern.cpu.gemm.Panels;
import dev.quern.cpu.gemm.Tile;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.View;
import java.util.Arrays;

/// Transforms weights [o, c, 3, 3] that change from run to run into the panels of [TransformedWeights]: a unit is one
/// panel of output channels.
final class TransformWeightsStep implements Step {
    private static final int TAPS = 3;

    /// Scratch arrays: weights [tap, lane], the same the same seen from the points along one axis.
    private static final int GATHERED = 0;

    private static final int HALVES = 1;

    /// Weights that are transformed side by side.
    private static final int LANES = 512;

    /// [Transform#WEIGHTS] is 24 times the matrix, and is applied along two axes.
    private static final float SCALE = 1f / (24 * 24);

    private final View weights;
    private final int width;
    private final TransformKernel transforms;
    private final int buffer;
    private final int matrixLength;
    private final int channelsAtOnce;

    TransformWeightsStep(View weights, Tile tile, TransformKernel transforms, int buffer) {
        this.weights = weights;
        this.width = tile.columns();
        this.transforms = transforms;
        this.buffer = buffer;
        this.matrixLength = Panels.lengthOfB(tile, weights.dim(1), weights.dim(0));
        this.channelsAtOnce = Math.clamp(LANES / width, 1, weights.dim(1));
    }

    /// How many floats there will be.
    static int length(View weights, Tile tile) {
        return Math.multiplyExact(TileGrid.VALUES, Panels.lengthOfB(tile, weights.dim(1), weights.dim(0)));
    }

    @Override
    public int units() {
        return Math.ceilDiv(weights.dim(0), width);
    }

    @Override
    public long nanosPerUnit() {
        return 100 + 40L * width * weights.dim(1);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        float[] source = workspace.floats(weights.buffer());
        float[] target = workspace.floats(buffer);
        for (int panel = from; panel < to; panel++) {
            workspace.control().check();
            for (int c = 0; c < weights.dim(1); c += channelsAtOnce) {
                int channels = Math.min(channelsAtOnce, weights.dim(1) - c);
                int at = panel * width * weights.dim(1) + c * width;
                transform(scratch, gathered(scratch, source, panel * width, c, channels), channels * width, target, at);
            }
        }
    }

    /// The weights of a panel for some channels, channel by channel; output channels that are not there are zeros.
    private float[] gathered(Scratch scratch, float[] source, int first, int channel, int channels) {
        int lanes = channels * width;
        int outs = Math.min(width, weights.dim(0) - first);
        float[] gathered = scratch.floats(GATHERED, TAPS * TAPS * lanes);
        if (outs < width) {
            Arrays.fill(gathered, 0, TAPS * TAPS * lanes, 0f);
        }
        int[] taps = taps(scratch);
        for (int o = 0; o < outs; o++) {
            for (int c = 0; c < channels; c++) {
                int at = weights.offset() + (first + o) * weights.stride(0) + (channel + c) * weights.stride(1);
                int to = c * width + o;
                for (int t = 0; t < TAPS * TAPS; t++) {
                    gathered[t * lanes + to] = SCALE * source[at + taps[t]];
                }
            }
        }
        return gathered;
    }

    private int[] taps(Scratch scratch) {
        int[] taps = scratch.steps(TAPS * TAPS);
        for (int t = 0; t < TAPS * TAPS; t++) {
            taps[t] = t / TAPS * weights.stride(2) + t % TAPS * weights.stride(3);
        }
        return taps;
    }

    private void transform(Scratch scratch, float[] gathered, int lanes, float[] target, int at) {
        int row = TAPS * lanes;
        float[] halves = scratch.floats(HALVES, TileGrid.POINTS * row);
        transforms.apply(Transform.WEIGHTS, scratch, gathered, 0, row, 0, halves, 0, row, 0, 1, row);
        transforms.apply(
                Transform.WEIGHTS,
                scratch,
                halves,
                0,
                lanes,
                row,
                target,
                at,
                matrixLength,
                TileGrid.POINTS * matrixLength,
                TileGrid.POINTS,
                lanes);
    }
}
