package dev.quern.kernel;

/// How a [Kernel.Reduce] combines elements, with the states it ends in.
///
/// The row-major position r in the reduced space goes to virtual lane r mod 16. Each lane combines its elements in
/// ascending order starting from the identity (`lane = lane ∘ element`); then, for h = 8, 4, 2, 1 in turn, each lane
/// i < h takes lane i + h (`laneᵢ = laneᵢ ∘ laneᵢ₊ₕ`), and lane 0 is the result. So empty lanes take part as
/// identities, and an empty space gives the identity. Floats are accumulated in their compute type, rounded at each
/// combination; integers wrap. ∘ is the [dev.quern.expr.BinaryFn] of that name (ADD, MUL, MIN, MAX, AND, OR).
///
/// Arg-reductions keep the lowest (or highest) position among equals, −0 and 0 being equal, and a NaN wins over any
/// number, the first NaN over later ones (also where the last of equals is kept). They have no need of lanes. Of an
/// empty space the position is −1 and the element the identity of MIN or MAX.
public enum Reducer {
    /// From +0.
    SUM(1),
    /// From 1.
    PRODUCT(1),
    /// From +∞, or the highest value of an integer type or `bool`.
    MIN(1),
    /// From −∞, or the lowest value of an integer type or `bool`.
    MAX(1),
    /// State 0: the position (i64) of the first smallest element; state 1: that element.
    ARG_MIN_FIRST(2),
    ARG_MIN_LAST(2),
    ARG_MAX_FIRST(2),
    ARG_MAX_LAST(2),
    /// Of `bool`, from true.
    AND(1),
    /// Of `bool`, from false.
    OR(1),
    /// Of floats. State 0: the mean, SUM divided by n (the number of elements, converted to the compute type);
    /// state 1: the mean of squared distances to it: in a second pass SUM of d·d, where d = x − mean, each
    /// operation rounded for itself, divided by n. NaN and NaN of an empty space.
    MEAN_VARIANCE(2),
    /// Of floats. State 0: the maximum m, as MAX; state 1: in a second pass SUM of e^(x−m), by the EXP of
    /// expressions. −∞ and 0 of an empty space; NaN in state 1 where m is infinite.
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
