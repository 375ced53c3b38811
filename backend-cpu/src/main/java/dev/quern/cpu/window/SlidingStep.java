package dev.quern.cpu.window;

import dev.quern.cpu.gemm.Gathering;
import dev.quern.cpu.gemm.Pixels;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.View;
import org.jspecify.annotations.Nullable;

/// A pool or a depth-wise convolution: a unit is a block of output positions of one image, with all channels.
final class SlidingStep implements Step {
    private static final int RESULTS = 2;

    /// The first scratch array that is the epilogue's.
    static final int EPILOGUE = 3;

    /// The results of a unit stay in a first-level cache.
    private static final int UNIT_LENGTH = 4096;

    private static final int POSITIONS_AT_ONCE = 4;

    private final WindowKernel kernel;
    private final Fold fold;
    private final Pixels pixels;
    private final int from;
    private final Gathering taps;
    private final float[] weights;
    private final float @Nullable [] counts;
    private final int images;
    private final int channels;
    private final int positionsPerUnit;
    private final Epilogue epilogue;
    private final @Nullable View target;

    /// @param from the buffer where `pixels` are
    /// @param counts what to divide by at each position, or `null`
    /// @param target the output [n, c, positions], where results may be written to it at once
    SlidingStep(
            WindowKernel kernel,
            Fold fold,
            Pixels pixels,
            int from,
            float[] weights,
            float @Nullable [] counts,
            int images,
            int channels,
            Epilogue epilogue,
            @Nullable View target) {
        this.kernel = kernel;
        this.fold = fold;
        this.pixels = pixels;
        this.from = from;
        this.taps = pixels.gathering(1);
        this.weights = weights;
        this.counts = counts;
        this.images = images;
        this.channels = channels;
        this.epilogue = epilogue;
        this.target = target;
        int fitting = Math.max(POSITIONS_AT_ONCE, UNIT_LENGTH / channels);
        int even = Math.ceilDiv(pixels.positions(), Math.ceilDiv(pixels.positions(), fitting));
        this.positionsPerUnit = Math.ceilDiv(even, POSITIONS_AT_ONCE) * POSITIONS_AT_ONCE;
    }

    @Override
    public int units() {
        return images * Math.ceilDiv(pixels.positions(), positionsPerUnit);
    }

    @Override
    public long nanosPerUnit() {
        return 100 + (long) positionsPerUnit * channels * taps.k() / 20;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int fromUnit, int toUnit) {
        float[] x = workspace.floats(from);
        int perImage = Math.ceilDiv(pixels.positions(), positionsPerUnit);
        for (int unit = fromUnit; unit < toUnit; unit++) {
            int image = unit / perImage;
            int first = unit % perImage * positionsPerUnit;
            int count = Math.min(positionsPerUnit, pixels.positions() - first);
            int at = pixels.image(image);
            if (target != null) {
                float[] y = workspace.floats(target.buffer());
                int step = target.stride(2);
                int to = target.offset() + image * target.stride(0) + first * step;
                kernel.slide(fold, x, at, taps, first, count, channels, weights, y, to, step);
                divide(y, to, step, first, count);
                continue;
            }
            float[] y = scratch.floats(RESULTS, count * channels);
            kernel.slide(fold, x, at, taps, first, count, channels, weights, y, 0, channels);
            divide(y, 0, channels, first, count);
            int position = (image * pixels.positions() + first) * channels;
            epilogue.apply(workspace, scratch, y, 0, channels, count, channels, position, channels);
        }
    }

    private void divide(float[] y, int at, int step, int first, int count) {
        float[] divisors = counts;
        if (divisors == null) {
            return;
        }
        for (int i = 0; i < count; i++) {
            float divisor = divisors[first + i];
            for (int j = at + i * step; j < at + i * step + channels; j++) {
                y[j] /= divisor;
            }
        }
    }
}
