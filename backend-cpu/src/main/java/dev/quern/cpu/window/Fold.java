package dev.quern.cpu.window;

/// What becomes of the elements under a window, taken in row-major order of the taps.
public enum Fold {
    /// `fma(element, weight, sum)` from 0.
    WEIGHTED(0f),
    /// The maximum from −∞; NaN is greater than anything, +0 than −0.
    MAX(Float.NEGATIVE_INFINITY),
    /// The sum from 0.
    SUM(0f);

    private final float start;

    Fold(float start) {
        this.start = start;
    }

    /// What it begins with; padding of this value changes no result of MAX and SUM.
    public float start() {
        return start;
    }
}
