package dev.quern.cpu.codegen;

import dev.quern.cpu.codegen.LaneOp.Kind;

/// Roundings and signs of floats and doubles as operations on lanes; exact, so the same for both widths.
final class RealSteps {
    private final LaneCode c;
    private final Lane lane;

    RealSteps(LaneCode code, Lane lane) {
        this.c = code;
        this.lane = lane;
    }

    private int k(double value) {
        return c.real(lane, value);
    }

    /// From here on every number is an integer.
    private int large() {
        return k(lane == Lane.FLOAT ? 0x1p23 : 0x1p52);
    }

    private int signOf(int x) {
        long sign = lane == Lane.FLOAT ? Integer.MIN_VALUE : Long.MIN_VALUE;
        return c.and(c.bits(x), c.integer(lane.integer(), sign));
    }

    private int withSignOf(int x, int magnitude) {
        return c.ofBits(c.or(c.bits(magnitude), signOf(x)));
    }

    /// `rounded` where x has a fraction at all, with the sign of x also on zero.
    private int unlessLarge(int x, int rounded) {
        return c.select(c.less(c.abs(x), large()), withSignOf(x, c.abs(rounded)), x);
    }

    /// −1, 0 or 1; x where x is NaN or ±0.
    int sign(int x) {
        return c.select(c.greater(c.abs(x), k(0)), withSignOf(x, k(1)), x);
    }

    /// Adding and taking off [#large] rounds |x| to an integer, ties to even.
    private int nearest(int magnitude) {
        return c.minus(c.plus(magnitude, large()), large());
    }

    int round(int x) {
        return c.rounds() ? c.apply(Kind.ROUND, x) : unlessLarge(x, nearest(c.abs(x)));
    }

    int truncate(int x) {
        int a = c.abs(x);
        int near = nearest(a);
        return unlessLarge(x, c.select(c.greater(near, a), c.minus(near, k(1)), near));
    }

    int floor(int x) {
        int near = round(x);
        return unlessLarge(x, c.select(c.greater(near, x), c.minus(near, k(1)), near));
    }

    int ceil(int x) {
        int near = round(x);
        return unlessLarge(x, c.select(c.less(near, x), c.plus(near, k(1)), near));
    }

    int isNan(int x) {
        return c.compare(Kind.NE, x, x);
    }

    int isInfinite(int x) {
        return c.compare(Kind.EQ, c.abs(x), k(Double.POSITIVE_INFINITY));
    }
}
