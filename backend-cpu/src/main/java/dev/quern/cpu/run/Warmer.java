package dev.quern.cpu.run;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Warms loops in the background, one after another, on a daemon thread that ends when there is nothing to do.
public final class Warmer implements AutoCloseable {
    private final ThreadPoolExecutor executor;
    private int pending;

    public Warmer() {
        executor = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("quern-cpu-warm-up").factory());
        executor.allowCoreThreadTimeOut(true);
    }

    /// Runs `task` some time soon; not at all once this is closed.
    public synchronized void submit(Runnable task) {
        pending++;
        try {
            executor.execute(() -> {
                try {
                    task.run();
                } finally {
                    finished(1);
                }
            });
        } catch (RejectedExecutionException closed) {
            finished(1);
        }
    }

    private synchronized void finished(int tasks) {
        pending -= tasks;
        notifyAll();
    }

    /// Blocks until every task that has been submitted is done.
    public synchronized void await() throws InterruptedException {
        while (pending > 0) {
            wait();
        }
    }

    /// Interrupts the task at hand and drops the others.
    @Override
    public void close() {
        finished(executor.shutdownNow().size());
    }
}
