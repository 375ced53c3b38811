package dev.quern.kernel;

/// How a [Kernel.Reduce] combines elements, with the states it ends in.
///
/// The row-major position r in the reduced space goes to virtual lane r mod 16. Each lane combines its elements in
/// ascending order starting from the identity; then lane i takes lane i + 8, i + 4, i + 2, i + 1 in that order (a fixed
/// tree). Floats are accumulated in their compute type, integers wrap. Arg-reductions keep the lowest (or highest)
/// position among equals, and a NaN wins over any number, the first NaN over later ones.
public enum Reducer {
    SUM(1),
    PRODUCT(1),
    MIN(1),
    MAX(1),
    /// State 0: the position (i64) of the first smallest element; state 1: that element.
    ARG_MIN_FIRST(2),
    ARG_MIN_LAST(2),
    ARG_MAX_FIRST(2),
    ARG_MAX_LAST(2),
    /// Of `bool`.
    AND(1),
    /// Of `bool`.
    OR(1),
    /// State 0: the mean; state 1: the mean of squared distances to it, computed in a second pass over the elements.
    MEAN_VARIANCE(2),
    /// State 0: the maximum m; state 1: Σ e^(x−m), computed in a second pass over the elements.
    MAX_SUM_EXP(2);

    /// How many states the epilogue sees.
    private final int states;

    public static final int LANES = 16;

    Reducer(int states) {
        this.states = states;
    }

    public int states() {
        return states;
    }

    /// Whether state 0 is a position (i64) rather than an element.
    public boolean isArg() {
        return switch (this) {
            case ARG_MIN_FIRST, ARG_MIN_LAST, ARG_MAX_FIRST, ARG_MAX_LAST -> true;
            case SUM, PRODUCT, MIN, MAX, AND, OR, MEAN_VARIANCE, MAX_SUM_EXP -> false;
        };
    }
}
