package dev.quern.cpu.window;

import dev.quern.cpu.gemm.Ending;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A window that is slid over channels, with what it does to them.
///
/// @param channels at least [WindowKernel#LEAST_CHANNELS]
/// @param taps all of them, in rows of `columns`
/// @param step elements of the input between neighbouring output positions of a row
/// @param rowStep the same between neighbouring rows of output positions
/// @param weights those of `fold`, as [ChannelBlocks] lays them out
/// @param ending what becomes of results before they are stored, or `null`
/// @param operandAt where the ending's operand of columns, one element for each channel, begins; −1 where it has none
public record SlidingWindow(
        Fold fold,
        int channels,
        int taps,
        int columns,
        int step,
        int rowStep,
        float[] weights,
        @Nullable Ending ending,
        int operandAt) {

    /// Checks that rows of output positions lie within their arrays.
    ///
    /// @throws IndexOutOfBoundsException where it does not
    public void check(
            float[] x,
            int at,
            Taps some,
            int rows,
            int count,
            float[] y,
            int yAt,
            int yRow,
            int yStep,
            float[] operand) {
        if (channels < WindowKernel.LEAST_CHANNELS
                || rows < 1
                || count < 1
                || step < 0
                || rowStep < 0
                || yRow < 0
                || yStep < 0
                || some.rowStep() < 0
                || some.columnStep() < 0
                || some.rows() < 1
                || some.columns() < 1) {
            throw new IndexOutOfBoundsException("a window of " + some + " over " + channels + " channels");
        }
        Objects.checkFromIndexSize(some.first() % columns, some.columns(), columns);
        Objects.checkFromIndexSize(some.first() / columns, some.rows(), taps / columns);
        Objects.checkFromIndexSize(at, some.reach() + (rows - 1L) * rowStep + (count - 1L) * step + channels, x.length);
        Objects.checkFromIndexSize(yAt, (rows - 1L) * yRow + (count - 1L) * yStep + channels, y.length);
        if (fold == Fold.WEIGHTED) {
            Objects.checkFromIndexSize(0, ChannelBlocks.length(channels, taps), weights.length);
        }
        if (ending != null && operandAt >= 0) {
            Objects.checkFromIndexSize(operandAt, channels, operand.length);
        }
    }
}
