package dev.quern.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// While this is open, a request to end the process (Ctrl-C, `kill`) interrupts the thread that opened it and waits
/// until it has closed this, so that it can leave things in order.
final class GracefulEnd implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 30;

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;

    GracefulEnd() {
        Thread worker = Thread.currentThread();
        hook = new Thread(
                () -> {
                    worker.interrupt();
                    try {
                        boolean _ = closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                    } catch (InterruptedException impatient) {
                        Thread.currentThread().interrupt();
                    }
                },
                "quern-end");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // the hook is running, and has just been let go
        }
    }
}
