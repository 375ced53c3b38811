package dev.quern.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.CancelledException;
import dev.quern.session.BoundRun;
import dev.quern.session.Model;
import dev.quern.session.ModelOptions;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One model, many threads: the bits of one run.
final class ConcurrencyTest {
    private static final int[] BATCHES = {1, 2, 7, 33};

    @ParameterizedTest
    @ValueSource(ints = {2, 8})
    void concurrentRunsGiveTheBitsOfOne(int callers) throws Exception {
        try (Model model = Digits.load(ModelOptions.defaults().threads(2))) {
            List<Tensor> inputs = new ArrayList<>();
            List<Tensor> expected = new ArrayList<>();
            try (Model alone = Digits.load(ModelOptions.defaults().threads(1))) {
                for (int batch : BATCHES) {
                    inputs.add(Digits.noise(batch, batch));
                    expected.add(alone.run(inputs.getLast()));
                }
            }
            all(callers, caller -> {
                for (int i = 0; i < 60; i++) {
                    int at = (i + caller) % inputs.size();
                    assertThat(model.run(inputs.get(at)).sameAs(expected.get(at)))
                            .isTrue();
                }
            });
        }
    }

    @Test
    void threadsOfARunDoNotChangeItsBits() {
        Tensor input = Digits.noise(100, 4);
        try (Model one = Digits.load(ModelOptions.defaults().threads(1));
                Model two = Digits.load(ModelOptions.defaults().threads(2))) {
            assertThat(two.run(input).sameAs(one.run(input))).isTrue();
        }
    }

    @Test
    void boundRunsAreConcurrentToo() throws Exception {
        try (Model model = Digits.load(ModelOptions.defaults().threads(1))) {
            all(4, caller -> {
                Tensor input = Digits.noise(3, caller);
                Tensor expected = model.run(input);
                Tensor output = Tensor.zeros(expected.dtype(), expected.shape());
                BoundRun run = model.bind(
                        Map.of(model.inputs().getFirst().name(), input),
                        Map.of(model.outputNames().getFirst(), output));
                for (int i = 0; i < 60; i++) {
                    run.run();
                    assertThat(output.sameAs(expected)).isTrue();
                }
            });
        }
    }

    /// Runs under way end whole or cancelled, never wrong; later ones are refused.
    @Test
    void closeWhileRunsAreInFlight() throws Exception {
        Model model = Digits.load(ModelOptions.defaults().threads(2));
        Tensor input = Digits.noise(33, 1);
        Tensor expected = model.run(input);
        CountDownLatch running = new CountDownLatch(4);
        Callable<String> caller = () -> {
            running.countDown();
            while (true) {
                try {
                    assertThat(model.run(input).sameAs(expected)).isTrue();
                } catch (CancelledException stopped) {
                    return "cancelled";
                } catch (IllegalStateException closed) {
                    return "refused";
                }
            }
        };
        try (ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Future<String>> ends = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                ends.add(callers.submit(caller));
            }
            running.await();
            model.close();
            for (Future<String> end : ends) {
                assertThat(end.get()).isIn("cancelled", "refused");
            }
        }
        assertThatThrownBy(() -> model.run(input))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        model.close();
    }

    private interface Work {
        void run(int caller) throws Exception;
    }

    /// Runs the work of each caller on a thread of its own and fails with the first failure.
    private static void all(int callers, Work work) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                int caller = i;
                ends.add(threads.submit(() -> {
                    work.run(caller);
                    return null;
                }));
            }
            for (Future<?> end : ends) {
                end.get();
            }
        }
    }
}
