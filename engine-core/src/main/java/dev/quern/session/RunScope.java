package dev.quern.session;

import dev.quern.backend.RunControl;
import dev.quern.kernel.Program;
import java.time.Duration;
import java.util.Optional;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/// When one run should stop: its thread was interrupted, its time is up, its token was cancelled, or its model closed.
final class RunScope implements RunControl {
    private final Thread caller = Thread.currentThread();
    private final InFlight inFlight;
    private final @Nullable CancelToken token;
    private final long deadline;
    private final boolean hasDeadline;
    private final @Nullable ObjLongConsumer<Program.Step> profile;

    RunScope(
            InFlight inFlight,
            Optional<Duration> timeLimit,
            @Nullable CancelToken token,
            @Nullable ObjLongConsumer<Program.Step> profile) {
        this.inFlight = inFlight;
        this.token = token;
        this.hasDeadline = timeLimit.isPresent();
        this.deadline = System.nanoTime() + timeLimit.map(Duration::toNanos).orElse(0L);
        this.profile = profile;
    }

    @Override
    public boolean isCancelled() {
        return caller.isInterrupted()
                || (token != null && token.isCancelled())
                || (hasDeadline && System.nanoTime() - deadline > 0)
                || inFlight.isClosed();
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
