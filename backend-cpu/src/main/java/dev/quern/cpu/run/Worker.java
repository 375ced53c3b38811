package dev.quern.cpu.run;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One helper thread. It belongs to a team from [#join] until the lease is over.
final class Worker {
    /// How long a helper spins for the next step of a run before it parks: a hand-over to a spinning thread costs
    /// 0.4 µs, to a parked one 6 µs and more. It is longer than the short steps between two products.
    private static final long SPIN_NANOS = 100_000;

    private final Thread thread;
    private final Seat seat;
    private final Consumer<Worker> giveBack;
    private volatile @Nullable Team team;
    private volatile int place;
    private volatile int lease;
    private volatile boolean ended;
    private volatile boolean parked;

    Worker(String name, Seat seat, Consumer<Worker> giveBack) {
        this.seat = seat;
        this.giveBack = giveBack;
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::loop);
    }

    void start() {
        thread.start();
    }

    /// Works for `newTeam` until its lease is over.
    ///
    /// @param newPlace which of the team's scratch is this worker's
    void join(Team newTeam, int newLease, int newPlace) {
        place = newPlace;
        lease = newLease;
        team = newTeam;
        wake();
    }

    void end() {
        ended = true;
        LockSupport.unpark(thread);
    }

    /// Called after something that this worker waits for has changed.
    void wake() {
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    /// Whether it would have to be woken.
    boolean isParked() {
        return parked;
    }

    private void loop() {
        while (true) {
            Team current = team;
            if (current != null) {
                serve(current);
                team = null;
                giveBack.accept(this);
            } else if (ended) {
                return;
            } else {
                parked = true;
                if (team == null && !ended) {
                    LockSupport.park(this);
                }
                parked = false;
            }
        }
    }

    /// Two threads of a team on one processor would take turns, and the team wait for both.
    private void makeRoom(Team current) {
        int here = seat.processor();
        if (here >= 0 && here == current.processor()) {
            seat.leave(here);
        }
    }

    private void serve(Team current) {
        makeRoom(current);
        long idleSince = 0;
        while (!current.isOver(lease)) {
            if (current.help(place)) {
                idleSince = 0;
                continue;
            }
            long now = System.nanoTime();
            if (idleSince == 0) {
                idleSince = now;
            } else if (now - idleSince > SPIN_NANOS) {
                parked = true;
                if (!current.isOver(lease) && !current.hasWork()) {
                    LockSupport.park(this);
                }
                parked = false;
                makeRoom(current);
                idleSince = 0;
            } else {
                Thread.onSpinWait();
            }
        }
    }
}
