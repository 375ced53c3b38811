package dev.quern.session;

/// Runs until the compiler of the Java virtual machine is done with what leads to the kernels.
final class WarmUp {
    private static final long WINDOW_NANOS = 200_000_000;
    private static final long MOST_NANOS = 4_000_000_000L;

    /// A window whose best run is no better than this share of the best before it brings nothing.
    private static final double GAIN = 0.97;

    /// So many windows that bring nothing are enough.
    private static final int STEADY = 2;

    private WarmUp() {}

    /// Runs `work` until it gets no faster, or for some seconds.
    static void settle(Runnable work) throws InterruptedException {
        long start = System.nanoTime();
        long best = Long.MAX_VALUE;
        int steady = 0;
        while (steady < STEADY && System.nanoTime() - start < MOST_NANOS) {
            if (Thread.interrupted()) {
                throw new InterruptedException("while a model was warmed up");
            }
            long least = best(work);
            steady = least < GAIN * best ? 0 : steady + 1;
            best = Math.min(best, least);
        }
    }

    /// The best run within a window, of one at least.
    private static long best(Runnable work) {
        long window = System.nanoTime();
        long least = Long.MAX_VALUE;
        long now = window;
        while (now - window < WINDOW_NANOS) {
            work.run();
            long end = System.nanoTime();
            least = Math.min(least, end - now);
            now = end;
        }
        return least;
    }
}
