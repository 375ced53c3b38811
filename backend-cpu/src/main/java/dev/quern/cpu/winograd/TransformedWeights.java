package dev.quern.cpu.winograd;

import dev.quern.cpu.gemm.Panels;
import dev.quern.cpu.gemm.Tile;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Constant;
import dev.quern.kernel.View;
import org.jspecify.annotations.Nullable;

/// The weights [o, c, 3, 3] of a convolution seen from the points of the transform, `G · g · Gᵀ`: 36 matrices
/// [c, o], packed as right sides of products. Those of constants are computed in `double`.
///
/// @param constant what is known beforehand, or `null`
/// @param buffer where it is otherwise
record TransformedWeights(float @Nullable [] constant, int buffer, int matrixLength) {
    private static final int TAPS = 3;

    /// G of F(4, 3), a row for each point.
    private static final double[][] POINTS = {
        {1 / 4.0, 0, 0},
        {-1 / 6.0, -1 / 6.0, -1 / 6.0},
        {-1 / 6.0, 1 / 6.0, -1 / 6.0},
        {1 / 24.0, 1 / 12.0, 1 / 6.0},
        {1 / 24.0, -1 / 12.0, 1 / 6.0},
        {0, 0, 1}
    };

    /// What the packed form of a constant depends on.
    private record Form(View window, Tile tile) {}

    /// @param buffers whose control is polled while they are transformed
    static TransformedWeights ofConstant(Constant constant, View weights, Tile tile, Buffers buffers) {
        int length = Panels.lengthOfB(tile, weights.dim(1), weights.dim(0));
        float[] panels = constant.form(new Form(weights.on(0), tile), form -> {
            float[] from = buffers.elements(constant);
            float[] to = new float[Math.multiplyExact(TileGrid.VALUES, length)];
            for (int o = 0; o < weights.dim(0); o++) {
                buffers.control().check();
                for (int c = 0; c < weights.dim(1); c++) {
                    int at = form.window().offset()
                            + o * form.window().stride(0)
                            + c * form.window().stride(1);
                    int panel = o / tile.columns() * tile.columns();
                    int target = panel * weights.dim(1) + c * tile.columns() + o - panel;
                    values(from, at, form.window(), to, target, length);
                }
            }
            return to;
        });
        return new TransformedWeights(panels, -1, length);
    }

    /// What a [TransformWeightsStep] leaves in `buffer`.
    static TransformedWeights ofBuffer(int buffer, View weights, Tile tile) {
        return new TransformedWeights(null, buffer, Panels.lengthOfB(tile, weights.dim(1), weights.dim(0)));
    }

    float[] panels(Workspace workspace) {
        return constant == null ? workspace.floats(buffer) : constant;
    }

    private static void values(float[] from, int at, View window, float[] to, int target, int length) {
        for (int i = 0; i < TileGrid.POINTS; i++) {
            for (int j = 0; j < TileGrid.POINTS; j++) {
                double sum = 0;
                for (int y = 0; y < TAPS; y++) {
                    for (int x = 0; x < TAPS; x++) {
                        double weight = from[at + y * window.stride(2) + x * window.stride(3)];
                        sum += POINTS[i][y] * POINTS[j][x] * weight;
                    }
                }
                to[target + (i * TileGrid.POINTS + j) * length] = (float) sum;
            }
        }
    }

    /// Where the panel of output channel `column` of matrix `value` begins.
    int at(int value, int column, int channels) {
        return value * matrixLength + column * channels;
    }
}
