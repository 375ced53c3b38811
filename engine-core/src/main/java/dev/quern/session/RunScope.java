package dev.quern.session;

import dev.quern.backend.RunControl;
import dev.quern.kernel.Program;
import java.time.Duration;
import java.util.Optional;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/// When one run should stop: its thread was interrupted, its time is up, its token was cancelled, or its model closed.
final class RunScope implements RunControl {
    private Thread caller = Thread.currentThread();
    private final InFlight inFlight;
    private final @Nullable CancelToken token;
    private final Optional<Duration> timeLimit;
    private long deadline;
    private final @Nullable ObjLongConsumer<Program.Step> profile;

    RunScope(
            InFlight inFlight,
            Optional<Duration> timeLimit,
            @Nullable CancelToken token,
            @Nullable ObjLongConsumer<Program.Step> profile) {
        this.inFlight = inFlight;
        this.token = token;
        this.timeLimit = timeLimit;
        this.profile = profile;
        begin();
    }

    /// The run begins now, on this thread; for a scope that serves one run after another.
    void begin() {
        caller = Thread.currentThread();
        deadline = timeLimit.isPresent() ? System.nanoTime() + timeLimit.get().toNanos() : 0;
    }

    @Override
    public boolean isCancelled() {
        return caller.isInterrupted() || (token != null && token.isCancelled()) || isLate() || inFlight.isClosed();
    }

    private boolean isLate() {
        return timeLimit.isPresent() && System.nanoTime() - deadline > 0;
    }

    @Override
    public String reason() {
        if (caller.isInterrupted()) {
            return "its thread was interrupted";
        }
        if (isLate()) {
            return "its time limit of " + timeLimit.orElseThrow().toMillis() + " ms is over";
        }
        return inFlight.isClosed() ? "its model was closed" : RunControl.super.reason();
    }

    @Override
    public boolean traces() {
        return profile != null;
    }

    @Override
    public void stepDone(Program.Step step, long nanos) {
        if (profile != null) {
            profile.accept(step, nanos);
        }
    }
}
