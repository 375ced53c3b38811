package dev.quern.cpu.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Helpers and the processors that they are on.
class TeamTest {
    /// A seat on a processor that tests choose.
    private record ChosenSeat(int processor, Queue<Integer> left) implements Seat {
        @Override
        public void leave(int from) {
            left.add(from);
        }
    }

    /// Two units that each wait for the other to begin: one thread alone never ends them.
    private static final class Meeting implements Step {
        private final CountDownLatch begun = new CountDownLatch(2);

        @Override
        public int units() {
            return 2;
        }

        @Override
        public long nanosPerUnit() {
            return 1_000_000;
        }

        @Override
        public void run(Workspace workspace, Scratch scratch, int from, int to) {
            for (int unit = from; unit < to; unit++) {
                begun.countDown();
                try {
                    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 3, true", "3, 2, false", "-1, -1, false"})
    void aHelperLeavesTheProcessorOfTheThreadThatItHelps(int caller, int helper, boolean leaves) {
        Queue<Integer> left = new ConcurrentLinkedQueue<>();
        Queue<Seat> seats = new ConcurrentLinkedQueue<>();
        seats.add(new ChosenSeat(caller, left));
        seats.add(new ChosenSeat(helper, left));
        try (WorkerPool pool = new WorkerPool(1, seats::remove)) {
            Team team = new Team(pool, new Workspace(0, 2), 2);
            team.run(new Meeting());
            team.dismiss();
        }
        if (leaves) {
            assertThat(left).isNotEmpty().containsOnly(caller);
        } else {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aTeamOfOneAsksForNoSeat() {
        Supplier<Seat> none = () -> {
            throw new AssertionError("nobody to sit beside");
        };
        try (WorkerPool pool = new WorkerPool(0, none)) {
            Team team = new Team(pool, new Workspace(0, 1), 1);
            Meeting alone = new Meeting();
            alone.begun.countDown();
            team.run(alone);
            assertThat(alone.begun.getCount()).isZero();
        }
    }

    /// Two units of `nanosPerUnit`, as it says, that note who runs them.
    private record Noted(long nanosPerUnit, Set<Thread> threads) implements Step {
        @Override
        public int units() {
            return 2;
        }

        @Override
        public void run(Workspace workspace, Scratch scratch, int from, int to) {
            threads.add(Thread.currentThread());
            long start = System.nanoTime();
            while (System.nanoTime() - start < 50_000) {
                Thread.onSpinWait();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"5000, 2", "1000, 1"})
    void manyShortStepsAreHelpedAndTheShortestNot(long nanosPerUnit, int threads) {
        Noted noted = new Noted(nanosPerUnit, ConcurrentHashMap.newKeySet());
        try (WorkerPool pool = new WorkerPool(1, () -> Seat.UNKNOWN)) {
            Team team = new Team(pool, new Workspace(0, 2), 2);
            for (int i = 0; i < 1_000 && noted.threads().size() < 2; i++) {
                team.run(noted);
            }
            team.dismiss();
        }
        assertThat(noted.threads()).hasSize(threads);
    }

    @Test
    void runsTooShortToWakeAHelperForStayWithTheirCaller() {
        Noted noted = new Noted(5000, ConcurrentHashMap.newKeySet());
        try (WorkerPool pool = new WorkerPool(1, () -> Seat.UNKNOWN)) {
            Team team = new Team(pool, new Workspace(0, 2), 2);
            for (int i = 0; i < 1_000; i++) {
                team.run(noted);
                team.dismiss();
            }
        }
        assertThat(noted.threads()).containsExactly(Thread.currentThread());
    }
}
