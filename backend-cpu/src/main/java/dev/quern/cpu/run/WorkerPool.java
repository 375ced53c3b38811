package dev.quern.cpu.run;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/// The helper threads of the backend: daemons, started when first needed, parked when no run uses them.
///
/// A run borrows whichever helpers are idle and never waits for one: with none idle it works alone.
public final class WorkerPool implements AutoCloseable {
    private final int size;
    private final Supplier<Seat> seats;
    private final Deque<Worker> idle = new ArrayDeque<>();
    private final List<Worker> all = new ArrayList<>();
    private boolean closed;

    /// @param size how many helpers there may be, besides the callers' own threads
    /// @param seats makes a seat for each thread
    public WorkerPool(int size, Supplier<Seat> seats) {
        this.size = size;
        this.seats = seats;
    }

    /// A seat for a thread that borrows helpers.
    Seat seat() {
        return seats.get();
    }

    public int size() {
        return size;
    }

    /// Fills `into` with idle helpers, as far as there are any, and sets them to work for `team`.
    ///
    /// @param have how many are in it already
    /// @return how many are in it then
    synchronized int borrow(Team team, int lease, Worker[] into, int have) {
        int n = have;
        while (n < into.length && !closed) {
            Worker worker = idle.pollFirst();
            if (worker == null) {
                if (all.size() == size) {
                    break;
                }
                worker = new Worker("quern-cpu-" + (all.size() + 1), seats.get(), this::giveBack);
                all.add(worker);
                worker.start();
            }
            worker.join(team, lease, n + 1);
            into[n++] = worker;
        }
        return n;
    }

    private synchronized void giveBack(Worker worker) {
        if (!closed) {
            idle.addFirst(worker);
        }
    }

    /// Ends the threads; runs that are in flight finish on their callers' threads and the helpers that they hold.
    @Override
    public synchronized void close() {
        closed = true;
        idle.clear();
        all.forEach(Worker::end);
        all.clear();
    }
}
