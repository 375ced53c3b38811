package dev.quern.session;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Counts the runs of a model that are under way, so that closing can wait for them.
final class InFlight {
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean closed;

    /// @throws IllegalStateException where the model is closed
    void enter() {
        count.incrementAndGet();
        if (closed) {
            leave();
            throw new IllegalStateException("the model is closed");
        }
    }

    void leave() {
        count.decrementAndGet();
    }

    boolean isClosed() {
        return closed;
    }

    /// Refuses new runs, asks those under way to stop, and waits for them.
    ///
    /// @return whether this call was the first
    synchronized boolean close() {
        if (closed) {
            return false;
        }
        closed = true;
        while (count.get() > 0) {
            LockSupport.parkNanos(100_000);
        }
        return true;
    }
}
