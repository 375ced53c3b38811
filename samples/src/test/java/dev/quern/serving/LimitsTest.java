package dev.quern.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.quern.backend.CancelledException;
import dev.quern.session.BoundRun;
import dev.quern.session.BudgetException;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Runs that are stopped, and what a run may use.
final class LimitsTest {
    /// Enough digits for a run of many times [#LIMIT].
    private static final Tensor MANY = Digits.noise(8_000, 1);

    private static final Duration LIMIT = Duration.ofMillis(2);

    private static final Tensor FEW = Digits.noise(5, 2);

    @Test
    void timeLimitStopsARun() {
        try (Model model = Digits.load(ModelOptions.defaults().threads(2).timeLimit(LIMIT))) {
            double least = Double.MAX_VALUE;
            for (int i = 0; i < 5; i++) {
                long start = System.nanoTime();
                assertThatThrownBy(() -> model.run(MANY))
                        .isInstanceOf(CancelledException.class)
                        .hasMessageContaining("time limit of 2 ms");
                least = Math.min(least, (System.nanoTime() - start) / 1e6 - LIMIT.toMillis());
            }
            assertThat(least).isBetween(0.0, Stopping.AT_MOST_MILLIS);
        }
    }

    @Test
    void timeLimitStopsABoundRun() {
        Duration limit = Duration.ofSeconds(2);
        try (Model model = Digits.load(ModelOptions.defaults().threads(1).timeLimit(limit))) {
            BoundRun few = model.bind(Map.of(model.inputs().getFirst().name(), FEW), Map.of());
            few.run();
            // each run has the whole limit, however long ago it was bound
            long end = System.nanoTime() + limit.toNanos();
            while (System.nanoTime() < end) {
                few.run();
            }
            few.run();
        }
        try (Model model = Digits.load(ModelOptions.defaults().threads(1).timeLimit(LIMIT))) {
            BoundRun many = model.bind(Map.of(model.inputs().getFirst().name(), MANY), Map.of());
            assertThatThrownBy(many::run)
                    .isInstanceOf(CancelledException.class)
                    .hasMessageContaining("time limit of 2 ms");
        }
    }

    @Test
    void aBoundRunIsHeldToTheBudgetToo() {
        try (Model model = Digits.load(ModelOptions.defaults().maxBytes(1 << 20))) {
            String input = model.inputs().getFirst().name();
            assertThatThrownBy(() -> model.bind(Map.of(input, MANY), Map.of())).isInstanceOf(BudgetException.class);
            assertThatThrownBy(() -> model.warmUp(Map.of(input, new long[] {8_000, 1, 8, 8})))
                    .isInstanceOf(BudgetException.class);
        }
    }

    @Test
    void budgetsOfNothingAreRefused() {
        ModelOptions options = ModelOptions.defaults();
        assertThatThrownBy(() -> options.threads(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.maxBytes(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.programs(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.timeLimit(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }

    /// A run of one thread leaves the pool alone, also where others would be idle.
    @Test
    void oneThreadMeansTheCallersOwn() {
        try (Model model = Digits.load(ModelOptions.defaults().threads(1))) {
            model.run(MANY);
            long before = nanosOf("quern-cpu-\\d+");
            model.run(MANY);
            assertThat(nanosOf("quern-cpu-\\d+")).isEqualTo(before);
        }
    }

    /// Helpers spin within a run only, and nothing is left to be warmed.
    @Test
    void anIdleModelCostsNoProcessorTime() throws InterruptedException {
        try (Model model = Digits.load(ModelOptions.defaults().threads(2))) {
            model.warmUp(Map.of(model.inputs().getFirst().name(), FEW.shape().extents()));
            model.run(MANY);
            long least = Long.MAX_VALUE;
            for (int i = 0; i < 3; i++) {
                Thread.sleep(50);
                long before = nanosOf("quern-cpu-.+");
                Thread.sleep(300);
                least = Math.min(least, nanosOf("quern-cpu-.+") - before);
            }
            assertThat(least).isLessThan(300_000);
        }
    }

    /// Processor time of threads so far.
    private static long nanosOf(String names) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long nanos = 0;
        for (java.lang.management.ThreadInfo t : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (t != null && t.getThreadName().matches(names)) {
                nanos += threads.getThreadCpuTime(t.getThreadId());
            }
        }
        return nanos;
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
}
