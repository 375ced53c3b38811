package dev.quern.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import dev.quern.backend.CancelledException;
import dev.quern.session.BoundRun;
import dev.quern.session.BudgetException;
import dev.quern.session.CancelToken;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Runs that are stopped, and what a run may use.
final class LimitsTest {
    /// The aim is 50 ms; a machine that runs other builds too is given more before the test fails.
    private static final double AT_MOST_MILLIS = 500;

    /// Enough digits for a run of a good part of a second.
    private static final Tensor MANY = Digits.noise(8_000, 1);

    private static final Tensor FEW = Digits.noise(5, 2);

    @Test
    void tokenStopsARun() throws Exception {
        try (Model model = Digits.load(ModelOptions.defaults().threads(2))) {
            CancelToken token = new CancelToken();
            Map<String, Tensor> inputs = Map.of(model.inputs().getFirst().name(), MANY);
            stops(model, "token", () -> model.run(inputs, token), token::cancel);
        }
    }

    @Test
    void interruptStopsARun() throws Exception {
        try (Model model = Digits.load(ModelOptions.defaults().threads(2))) {
            Thread caller = Thread.currentThread();
            stops(model, "interrupt", () -> model.run(MANY), caller::interrupt);
        }
    }

    @Test
    void interruptStopsABoundRun() throws Exception {
        try (Model model = Digits.load(ModelOptions.defaults().threads(1))) {
            BoundRun run = model.bind(Map.of(model.inputs().getFirst().name(), MANY), Map.of());
            Thread caller = Thread.currentThread();
            stops(model, "interrupt of a bound run", run::run, caller::interrupt);
        }
    }

    @Test
    void timeLimitStopsARun() {
        Duration limit = Duration.ofMillis(20);
        try (Model model = Digits.load(ModelOptions.defaults().threads(2).timeLimit(limit))) {
            model.run(FEW);
            assertThat(catchThrowable(() -> model.run(MANY))).isNotNull();
            long start = System.nanoTime();
            assertThatThrownBy(() -> model.run(MANY)).isInstanceOf(CancelledException.class);
            report("time limit", (System.nanoTime() - start) / 1e6 - limit.toMillis());
        }
    }

    /// Runs once to know how long a run takes, stops the second in its middle, measures until it returns, and runs
    /// once more.
    private static void stops(Model model, String how, Runnable run, Runnable stop) throws Exception {
        Tensor expected = model.run(FEW);
        run.run();
        long start = System.nanoTime();
        run.run();
        long whole = System.nanoTime() - start;
        try (ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor()) {
            Future<Long> stopped = later.schedule(
                    () -> {
                        long now = System.nanoTime();
                        stop.run();
                        return now;
                    },
                    whole / 3,
                    TimeUnit.NANOSECONDS);
            assertThatThrownBy(run::run).isInstanceOf(CancelledException.class);
            long end = System.nanoTime();
            Thread.interrupted();
            report(how + " in a run of " + whole / 1_000_000 + " ms", (end - stopped.get()) / 1e6);
        }
        assertThat(model.run(FEW).sameAs(expected)).isTrue();
    }

    private static void report(String how, double millis) {
        System.out.printf("stopped by %s after %.1f ms%n", how, millis);
        assertThat(millis).isLessThan(AT_MOST_MILLIS);
    }

    @Test
    void budgetRefusesBeforeItAllocates() {
        try (Model model = Digits.load(ModelOptions.defaults().maxBytes(1 << 20))) {
            assertThat(model.run(FEW).shape().dim(0).extent()).isEqualTo(5);
            assertThatThrownBy(() -> model.run(MANY))
                    .isInstanceOf(BudgetException.class)
                    .hasMessageContaining("1048576");
            String input = model.inputs().getFirst().name();
            assertThat(model.plannedBytes(Map.of(input, new long[] {5, 1, 8, 8})))
                    .hasValueSatisfying(bytes -> assertThat(bytes).isBetween(1L, 1L << 20));
            assertThat(model.run(FEW).shape().dim(0).extent()).isEqualTo(5);
        }
    }

    @Test
    void boundRunAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Model model = Digits.load(ModelOptions.defaults().threads(1))) {
            Tensor expected = model.run(FEW);
            Tensor output = Tensor.zeros(expected.dtype(), expected.shape());
            BoundRun run = model.bind(
                    Map.of(model.inputs().getFirst().name(), FEW),
                    Map.of(model.outputNames().getFirst(), output));
            for (int i = 0; i < 2_000; i++) {
                run.run();
            }
            assertThat(output.sameAs(expected)).isTrue();
            int runs = 200;
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < runs; i++) {
                run.run();
            }
            long each = (threads.getCurrentThreadAllocatedBytes() - before) / runs;
            System.out.printf("a bound run allocates %d bytes%n", each);
            assertThat(each).isLessThan(1024);
        }
    }
}
