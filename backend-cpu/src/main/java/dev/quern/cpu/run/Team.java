package dev.quern.cpu.run;

import dev.quern.backend.RunControl;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The threads of one run: the caller's and the helpers that it borrowed. Steps are done one after another, each
/// divided into chunks, which whoever is free takes: the caller the first of those that are
/// left, helpers the last. So with two threads each meets in its own cache what it wrote in the step before. The caller
/// waits only for chunks that have been taken.
public final class Team {
    /// How long a thread works between two looks at whether to go on, as near as whole units allow.
    private static final long SLICE_NANOS = 500_000;

    /// The guess at the first slice of a chunk. Guesses are of compiled code: cold loops are up to a thousand times
    /// slower.
    private static final long FIRST_SLICE_NANOS = 20_000;

    /// A step shorter than this is not worth waking a helper.
    private static final long PARALLEL_NANOS = 20_000;

    /// A step shorter than this is not worth handing over to one that is awake.
    private static final long AWAKE_NANOS = 4_000;

    /// Short steps of this long together, of one run, are worth waking one.
    private static final long WAKING_NANOS = 60_000;

    /// Short steps of this long together are not handed over after a helper has been late.
    private static final long LATE_NANOS = 1_000_000;

    /// Chunks for each thread, so that a slow thread does not hold up a step; more where each has this much work,
    /// so that two threads share a few units evenly.
    private static final int CHUNKS_PER_THREAD = 4;

    private static final long LEAST_CHUNK_NANOS = 5_000;

    /// Chunks of long steps are longer, since each begins with reads that nothing has asked for ahead: an update of
    /// weights, as fast as memory, takes a tenth less. So many for each thread still end evenly.
    private static final int EVEN_CHUNKS_PER_THREAD = 16;

    private static final long MOST_CHUNK_NANOS = 25_000;

    /// What a [ticket][#ticket] holds of each of the first chunk that is left and the end of those that are.
    private static final int CHUNK_BITS = 16;

    private static final int MOST_CHUNKS = (1 << CHUNK_BITS) - 1;

    private final WorkerPool pool;
    private final Workspace workspace;
    private final Worker[] helpers;
    private final Seat seat;
    private int helperCount;
    private long missed;
    private volatile int processor = -1;

    /// Changes with every dismissal: a helper serves for one lease.
    private volatile int lease;

    /// The number of the step, and from where to where its chunks are left to take. The fields below belong to that
    /// step: they change only while none is left, so a thread that reads them between reading this and taking a
    /// chunk by compare-and-set has read those of the right step.
    private final AtomicLong ticket = new AtomicLong();

    private @Nullable Step step;
    private Workspace arrays;
    private int chunks;
    private int unitsPerChunk;
    private final AtomicInteger done = new AtomicInteger();
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Thread waiting;

    /// @param workspace has scratch for as many workers as may take part
    /// @param threads the most threads to use, the caller's included
    public Team(WorkerPool pool, Workspace workspace, int threads) {
        this.pool = pool;
        this.workspace = workspace;
        this.arrays = workspace;
        this.helpers = new Worker[Math.max(0, Math.min(threads - 1, pool.size()))];
        this.seat = helpers.length == 0 ? Seat.UNKNOWN : pool.seat();
    }

    /// Runs every unit of `next`, then returns.
    ///
    /// @throws dev.quern.backend.CancelledException where the run is cancelled between chunks
    public void run(Step next) {
        run(next, workspace);
    }

    /// Runs every unit of `next` on other arrays than the run's own, with the run's scratch.
    ///
    /// @throws dev.quern.backend.CancelledException where the run is cancelled between chunks
    public void run(Step next, Workspace on) {
        int units = next.units();
        if (units == 0) {
            return;
        }
        long each = Math.max(1, next.nanosPerUnit());
        if (helpers.length == 0 || units == 1 || !isWorthHelp(each * units)) {
            alone(next, on, workspace.scratch(0), 0, units);
            return;
        }
        if (helperCount < helpers.length) {
            processor = seat.processor();
            // those of the run before may be on their way back
            helperCount = pool.borrow(this, lease, helpers, helperCount);
        }
        if (helperCount == 0) {
            alone(next, on, workspace.scratch(0), 0, units);
        } else {
            together(next, on, units, each);
        }
    }

    /// Whether a step of `nanos` is worth the hand-over. Sleeping helpers are woken for short ones too, once so many
    /// have passed that waking would have paid; none are handed over for a while after a helper kept the caller
    /// waiting, since its processor has other work then.
    private boolean isWorthHelp(long nanos) {
        if (nanos < AWAKE_NANOS) {
            return false;
        }
        missed += nanos;
        if (nanos < PARALLEL_NANOS && missed < (areAwake() ? 0 : WAKING_NANOS)) {
            return false;
        }
        missed = Math.min(missed, 0);
        return true;
    }

    private boolean areAwake() {
        for (int i = 0; i < helperCount; i++) {
            if (helpers[i].isParked()) {
                return false;
            }
        }
        return helperCount > 0;
    }

    /// Lets the helpers go; called at the end of every run.
    public void dismiss() {
        missed = Math.min(missed, 0);
        if (helperCount == 0) {
            return;
        }
        int next = lease + 1;
        lease = next;
        for (int i = 0; i < helperCount; i++) {
            helpers[i].wake();
        }
        helperCount = 0;
    }

    /// Runs units in slices whose size follows from how long the ones before took.
    ///
    /// @throws dev.quern.backend.CancelledException where the run is cancelled between slices
    public static void alone(Step current, Workspace workspace, Scratch scratch, int from, int to) {
        if (from == to) {
            return;
        }
        RunControl control = workspace.control();
        long first = Math.clamp(FIRST_SLICE_NANOS / Math.max(1, current.nanosPerUnit()), 1, to - from);
        int size = (int) first;
        int at = from;
        while (at < to) {
            control.check();
            int end = Math.min(to - at, size) + at;
            if (end == to) {
                current.run(workspace, scratch, at, end);
                return;
            }
            long start = System.nanoTime();
            current.run(workspace, scratch, at, end);
            long took = System.nanoTime() - start;
            at = end;
            if (took < SLICE_NANOS / 4) {
                size = (int) Math.min(4L * size, Integer.MAX_VALUE);
            } else if (took > 2 * SLICE_NANOS) {
                size = Math.max(1, (int) (size * SLICE_NANOS / took));
            }
        }
    }

    private void together(Step next, Workspace on, int units, long each) {
        int wanted = CHUNKS_PER_THREAD * (helperCount + 1);
        step = next;
        arrays = on;
        long even = each * units / (EVEN_CHUNKS_PER_THREAD * (helperCount + 1L));
        long nanos = Math.clamp(even, LEAST_CHUNK_NANOS, MOST_CHUNK_NANOS);
        long suits = Math.min(Math.ceilDiv(units, wanted), nanos / each);
        unitsPerChunk = (int) Math.max(suits, Math.ceilDiv(units, MOST_CHUNKS));
        chunks = (units + unitsPerChunk - 1) / unitsPerChunk;
        failure = null;
        done.set(0);
        ticket.set((((ticket.get() >>> 2 * CHUNK_BITS) + 1) << 2 * CHUNK_BITS) | chunks);
        for (int i = 0; i < helperCount; i++) {
            helpers[i].wake();
        }
        while (help(0)) {
            // until no chunk is left to take
        }
        awaitTaken();
        step = null;
        Throwable thrown = failure;
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        if (thrown instanceof Error e) {
            throw e;
        }
    }

    private void awaitTaken() {
        int spins = 0;
        while (done.get() < chunks) {
            if (spins++ < 2000) {
                Thread.onSpinWait();
            } else {
                missed = -LATE_NANOS;
                waiting = Thread.currentThread();
                if (done.get() < chunks) {
                    LockSupport.parkNanos(this, 50_000);
                }
                waiting = null;
            }
        }
    }

    /// The processor that the caller was on when it asked for help; −1 where that is not known.
    int processor() {
        return processor;
    }

    boolean isOver(int theLease) {
        return theLease != lease;
    }

    boolean hasWork() {
        long seen = ticket.get();
        return first(seen) < end(seen);
    }

    private static int first(long seen) {
        return (int) (seen >>> CHUNK_BITS) & MOST_CHUNKS;
    }

    private static int end(long seen) {
        return (int) seen & MOST_CHUNKS;
    }

    /// Takes and runs one chunk of the step at hand; false where none is left.
    boolean help(int place) {
        long seen = ticket.get();
        boolean isCaller = place == 0;
        Step current = step;
        Workspace on = arrays;
        int size = unitsPerChunk;
        int from = (isCaller ? first(seen) : end(seen) - 1) * size;
        if (first(seen) >= end(seen)) {
            return false;
        }
        if (current == null || !ticket.compareAndSet(seen, isCaller ? seen + (1L << CHUNK_BITS) : seen - 1)) {
            return true;
        }
        try {
            if (failure == null) {
                alone(current, on, workspace.scratch(place), from, Math.min(current.units(), from + size));
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        if (done.incrementAndGet() >= chunks) {
            Thread caller = waiting;
            if (caller != null) {
                LockSupport.unpark(caller);
            }
        }
        return true;
    }
}
