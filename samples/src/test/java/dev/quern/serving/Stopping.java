package dev.quern.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.CancelledException;
import dev.quern.session.CancelToken;
import dev.quern.session.Model;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Stops runs at moments spread over their length and measures how long each took to return.
///
/// Judged is the median of seven: a single one may meet a pause of the collector or of a machine that is busy with
/// other things. For the same reason a measurement whose median is too long, or most of whose runs had ended before
/// they
/// were stopped, is taken again, whole, at most twice; the bound stays.
final class Stopping {
    static final double AT_MOST_MILLIS = 50;
    private static final int STOPS = 7;
    private static final int ATTEMPTS = 3;

    private Stopping() {}

    /// A run, and what stops it from another thread.
    record Stoppable(Runnable run, Runnable stop) {}

    /// Makes a model that has never run.
    interface Fresh {
        Model load();
    }

    /// How long the runs took to return, in milliseconds.
    record Latencies(String what, List<Double> millis) {
        double median() {
            List<Double> sorted = new ArrayList<>(millis);
            Collections.sort(sorted);
            return sorted.get(sorted.size() / 2);
        }
    }

    /// Stops runs of a warm model.
    static Latencies measure(Model model, Supplier<Stoppable> runs) throws Exception {
        Tensor probe = Digits.noise(5, 2);
        Tensor expected = model.run(probe);
        runs.get().run().run();
        return attempts("warm", () -> {
            long once = timed(runs.get().run());
            long whole = Math.min(once, timed(runs.get().run()));
            List<Double> millis = new ArrayList<>();
            for (int i = 1; i <= STOPS; i++) {
                millis.addAll(stopped(runs.get(), whole * i / (STOPS + 3)));
                assertThat(model.run(probe).sameAs(expected)).isTrue();
            }
            return millis;
        });
    }

    /// Stops the first run of one fresh model after another.
    ///
    /// @param then is given each model after its first run was stopped
    static Latencies measureCold(Fresh fresh, Tensor input, Consumer<Model> then) throws Exception {
        return attempts("first run", () -> {
            // the shorter of two: first runs get shorter as the loops that they share get compiled
            long first = firstRun(fresh, input);
            long whole = Math.min(first, firstRun(fresh, input));
            List<Double> millis = new ArrayList<>();
            for (int i = 1; i <= STOPS; i++) {
                try (Model model = fresh.load()) {
                    CancelToken token = new CancelToken();
                    String name = model.inputs().getFirst().name();
                    Runnable run = () -> model.run(Map.of(name, input), token);
                    millis.addAll(stopped(new Stoppable(run, token::cancel), whole * i / (STOPS + 3)));
                    then.accept(model);
                }
            }
            return millis;
        });
    }

    private static long firstRun(Fresh fresh, Tensor input) {
        try (Model model = fresh.load()) {
            return timed(() -> model.run(input));
        }
    }

    private static long timed(Runnable run) {
        long start = System.nanoTime();
        run.run();
        return System.nanoTime() - start;
    }

    interface Attempt {
        List<Double> measure() throws Exception;
    }

    static Latencies attempts(String what, Attempt attempt) throws Exception {
        Latencies best = null;
        for (int i = 0; i < ATTEMPTS && (best == null || best.median() >= AT_MOST_MILLIS); i++) {
            Latencies now = new Latencies(what, attempt.measure());
            System.out.println("stopped: " + now);
            if (now.millis().size() >= STOPS / 2 && (best == null || now.median() < best.median())) {
                best = now;
            }
        }
        assertThat(best).as("runs of which most ended before they were stopped").isNotNull();
        return java.util.Objects.requireNonNull(best);
    }

    /// How long the run took to return after it was stopped; nothing where it had ended before.
    static List<Double> stopped(Stoppable stoppable, long afterNanos) throws Exception {
        try (ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor()) {
            Future<Long> stop = later.schedule(
                    () -> {
                        long now = System.nanoTime();
                        stoppable.stop().run();
                        return now;
                    },
                    afterNanos,
                    TimeUnit.NANOSECONDS);
            try {
                stoppable.run().run();
            } catch (CancelledException stopped) {
                long end = System.nanoTime();
                Thread.interrupted();
                return List.of((end - stop.get()) / 1e6);
            }
            // an interrupt that came too late must not meet the next run
            long _ = awaitUninterrupted(stop);
            Thread.interrupted();
            return List.of();
        }
    }

    private static long awaitUninterrupted(Future<Long> stop) throws Exception {
        while (true) {
            try {
                return stop.get();
            } catch (InterruptedException again) {
                // the stop itself
            }
        }
    }
}
