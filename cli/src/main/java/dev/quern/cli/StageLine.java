package dev.quern.cli;

import java.util.Locale;

/// Stages of a command that take long, on stderr, each with the time that it took; silent while all goes fast.
final class StageLine implements AutoCloseable {
    private static final double SLOW = 2;

    private final long start = System.nanoTime();
    private String stage = "";
    private long since = start;

    /// Begins a stage, and ends the one before.
    void show(String next) {
        double seconds = (System.nanoTime() - since) / 1e9;
        if (!stage.isEmpty() && seconds >= SLOW) {
            System.err.printf(Locale.ROOT, "%s: %.1f s%n", stage, seconds);
        }
        stage = next;
        since = System.nanoTime();
    }

    @Override
    public void close() {
        show("");
    }
}
