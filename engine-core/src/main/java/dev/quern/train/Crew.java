package dev.quern.train;

import dev.quern.backend.BackendException;
import dev.quern.backend.CancelledException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// A thread for each device. All do the same at the same time, and the caller waits for all: an interrupt of its thread
/// reaches them, and where one fails the others are stopped. A device that does not answer then is not waited for long.
final class Crew implements AutoCloseable {
    private final List<String> names;
    private final Duration patience;
    private final ExecutorService threads;

    /// @param names of the devices, for errors
    /// @param patience how long the others are waited for after one failed or the caller was interrupted
    Crew(List<String> names, Duration patience) {
        this.names = List.copyOf(names);
        this.patience = patience;
        this.threads = Executors.newFixedThreadPool(
                names.size(),
                Thread.ofPlatform().daemon().name("quern-replica-", 0).factory());
    }

    /// What one device has to do.
    private static final class Job<T> implements Runnable {
        private final int rank;
        private final IntFunction<T> work;
        private final BlockingQueue<Job<T>> ended;
        private @Nullable Thread worker;
        private boolean isStopped;
        private @Nullable T result;
        private @Nullable Throwable failure;

        Job(int rank, IntFunction<T> work, BlockingQueue<Job<T>> ended) {
            this.rank = rank;
            this.work = work;
            this.ended = ended;
        }

        @Override
        public void run() {
            try {
                enter();
                result = work.apply(rank);
            } catch (Throwable t) {
                failure = t;
            } finally {
                leave();
                ended.add(this);
            }
        }

        private synchronized void enter() {
            if (isStopped) {
                throw new CancelledException("the run was cancelled before it began");
            }
            worker = Thread.currentThread();
        }

        /// No interrupt reaches what the thread does next.
        private synchronized void leave() {
            worker = null;
            boolean _ = Thread.interrupted();
        }

        synchronized void stop() {
            isStopped = true;
            if (worker != null) {
                worker.interrupt();
            }
        }
    }

    /// Does something on each device; what each gives, in order of their ranks.
    ///
    /// @throws CancelledException where the caller was interrupted
    <T> List<T> all(IntFunction<T> work) {
        return run(work, true);
    }

    /// The same, but as a whole: an interrupt is kept until it is done.
    void toTheEnd(IntConsumer work) {
        run(
                rank -> {
                    work.accept(rank);
                    return rank;
                },
                false);
    }

    private <T> List<T> run(IntFunction<T> work, boolean canBeStopped) {
        if (names.size() == 1) {
            return List.of(work.apply(0));
        }
        BlockingQueue<Job<T>> ended = new LinkedBlockingQueue<>();
        List<Job<T>> jobs = new ArrayList<>();
        for (int rank = 0; rank < names.size(); rank++) {
            jobs.add(new Job<>(rank, work, ended));
        }
        jobs.forEach(threads::execute);
        await(jobs, ended, canBeStopped);
        failure(jobs).ifPresent(Crew::rethrow);
        return jobs.stream().map(j -> Objects.requireNonNull(j.result)).toList();
    }

    private <T> void await(List<Job<T>> jobs, BlockingQueue<Job<T>> ended, boolean canBeStopped) {
        List<Job<T>> open = new ArrayList<>(jobs);
        boolean isInterrupted = false;
        long deadline = Long.MAX_VALUE;
        try {
            while (!open.isEmpty()) {
                boolean isTroubled;
                try {
                    Job<T> one = deadline == Long.MAX_VALUE
                            ? ended.take()
                            : ended.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                    if (one == null) {
                        throw silent(open, jobs);
                    }
                    open.remove(one);
                    isTroubled = one.failure != null;
                } catch (InterruptedException e) {
                    isInterrupted = true;
                    isTroubled = canBeStopped;
                }
                if (isTroubled && deadline == Long.MAX_VALUE) {
                    deadline = System.nanoTime() + patience.toNanos();
                    if (canBeStopped) {
                        open.forEach(Job::stop);
                    }
                }
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private <T> BackendException silent(List<Job<T>> open, List<Job<T>> jobs) {
        BackendException silent = new BackendException("no answer for " + patience.toMillis() + " ms from "
                + open.stream().map(j -> names.get(j.rank)).toList()
                + ": look at it, then go on from the last checkpoint");
        failure(jobs.stream().filter(j -> !open.contains(j)).toList()).ifPresent(silent::addSuppressed);
        return silent;
    }

    /// The failure of the first device; that it was stopped because of another is none of its own.
    private static <T> Optional<Throwable> failure(List<Job<T>> jobs) {
        List<Throwable> all = jobs.stream()
                .map(j -> j.failure)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
        return all.stream()
                .filter(t -> !(t instanceof CancelledException))
                .findFirst()
                .or(() -> all.stream().findFirst());
    }

    private static void rethrow(Throwable failure) {
        switch (failure) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException("work on a device throws nothing checked", failure);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
