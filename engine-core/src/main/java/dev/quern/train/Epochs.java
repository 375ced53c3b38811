package dev.quern.train;

/// How often a training goes through its data.
public record Epochs(int count) {
    public Epochs {
        if (count < 1) {
            throw new IllegalArgumentException("at least 1 epoch is needed, not " + count);
        }
    }

    public static Epochs of(int count) {
        return new Epochs(count);
    }
}
