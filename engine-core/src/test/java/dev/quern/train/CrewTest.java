package dev.quern.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.BackendException;
import dev.quern.backend.CancelledException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Work on several devices at the same time.
@Timeout(20)
class CrewTest {
    private final Crew crew = new Crew(List.of("a", "b", "c"), Duration.ofMillis(100));
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void close() {
        end.countDown();
        crew.close();
    }

    @Test
    void givesWhatEachGaveInOrder() {
        for (int i = 0; i < 100; i++) {
            assertThat(crew.all(rank -> 10 * rank)).containsExactly(0, 10, 20);
        }
    }

    @Test
    void theFailureOfOneStopsTheOthersAndIsTheOneThatIsThrown() {
        assertThatThrownBy(() -> crew.all(rank -> {
                    if (rank == 1) {
                        throw new BackendException("b is lost");
                    }
                    while (!Thread.currentThread().isInterrupted()) {
                        LockSupport.parkNanos(1000);
                    }
                    throw new CancelledException("stopped");
                }))
                .isInstanceOf(BackendException.class)
                .hasMessage("b is lost");
        assertThat(crew.all(rank -> Thread.currentThread().isInterrupted())).containsOnly(false);
    }

    @Test
    void aDeviceThatDoesNotAnswerIsNotWaitedFor() {
        CountDownLatch begun = new CountDownLatch(1);
        assertThatThrownBy(() -> crew.all(rank -> {
                    if (rank == 1) {
                        hang(begun);
                        throw new BackendException("b is lost");
                    }
                    if (rank == 2) {
                        begun.countDown();
                        hang(end);
                    }
                    return rank;
                }))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("no answer for 100 ms from [c]")
                .satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessage("b is lost"));
    }

    /// Whatever interrupts it.
    private static void hang(CountDownLatch until) {
        while (until.getCount() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void anInterruptOfTheCallerReachesAll() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> crew.all(rank -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        LockSupport.parkNanos(1000);
                    }
                    throw new CancelledException("stopped");
                }))
                .isInstanceOf(CancelledException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void whatIsDoneAsAWholeIsNotInterrupted() {
        Thread.currentThread().interrupt();
        boolean[] done = new boolean[3];
        crew.toTheEnd(rank -> {
            LockSupport.parkNanos(1_000_000);
            done[rank] = !Thread.currentThread().isInterrupted();
        });
        assertThat(Thread.interrupted()).isTrue();
        assertThat(done).containsOnly(true);
    }
}
