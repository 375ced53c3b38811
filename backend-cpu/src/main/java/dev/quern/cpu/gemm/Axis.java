package dev.quern.cpu.gemm;

import java.util.stream.IntStream;

/// One spatial axis.
///
/// @param stride of the input's view
/// @param out extent of the output
public record Axis(int extent, int stride, int out, int taps, int step, int dilation, int padLow) {

    /// How far the taps of all output positions reach.
    int reach() {
        return (out - 1) * step + (taps - 1) * dilation + 1;
    }

    boolean reachesOut() {
        return padLow != 0 || reach() > extent;
    }

    /// Where in the copy the input begins and ends.
    int low() {
        return Math.clamp(padLow, 0, reach());
    }

    int high() {
        return Math.clamp((long) padLow + extent, low(), reach());
    }

    /// The same over a padded copy.
    Axis padded() {
        return new Axis(reach(), stride, out, taps, step, dilation, 0);
    }

    /// Where a tap of output position `i` meets the input.
    public int place(int i, int tap) {
        return i * step + tap * dilation - padLow;
    }

    /// The first tap of output position `i` that meets the input.
    public int firstTap(int i) {
        return Math.clamp(-Math.floorDiv(i * step - padLow, dilation), 0, taps);
    }

    /// The end of those taps; no more than the first where there is none.
    public int endOfTaps(int i) {
        return Math.clamp(Math.floorDiv(extent - 1 + padLow - i * step, dilation) + 1, 0, taps);
    }

    /// Whether some tap of every output position meets the input.
    public boolean alwaysMeets() {
        return IntStream.range(0, out).allMatch(i -> firstTap(i) < endOfTaps(i));
    }
}
