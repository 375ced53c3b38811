package dev.quern.train;

/// Checks of what an optimizer is set to.
final class Setting {
    private Setting() {}

    static void notNegative(String name, double value) {
        if (!(value >= 0)) {
            throw new IllegalArgumentException(name + " must not be negative, not " + value);
        }
    }

    /// What a running mean keeps: in [0, 1).
    static void decay(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1), not " + value);
        }
    }
}
