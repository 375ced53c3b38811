package dev.quern.cpu.window;

import dev.quern.cpu.gemm.Gathering;

/// Slides a window over neighbouring channels.
public interface WindowKernel {
    /// How many channels it needs at least.
    int LEAST_CHANNELS = 8;

    /// For output positions i from `first` to `first + count` and all channels c:
    /// `y[yAt + (i − first) · yStep + c] = fold over taps t of x[at + line(i) + offset(t) + c]`, with the weights
    /// `weights[t · channels + c]` where the fold takes some.
    ///
    /// @param taps the taps as offsets and the output positions as lines
    void slide(
            Fold fold,
            float[] x,
            int at,
            Gathering taps,
            int first,
            int count,
            int channels,
            float[] weights,
            float[] y,
            int yAt,
            int yStep);
}
