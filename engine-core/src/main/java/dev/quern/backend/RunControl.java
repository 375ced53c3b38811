package dev.quern.backend;

import dev.quern.kernel.Program;

/// How a running program is watched and stopped.
public interface RunControl {

    /// Never stops, watches nothing.
    RunControl NONE = new RunControl() {
        @Override
        public boolean isCancelled() {
            return false;
        }
    };

    /// Whether the run should stop now; polled at least once a millisecond of work, from any thread.
    boolean isCancelled();

    /// Whether [#stepDone] wants to be told; asked once a run.
    default boolean traces() {
        return false;
    }

    /// Told after each step where [#traces()].
    ///
    /// @param nanos how long the step took
    default void stepDone(Program.Step step, long nanos) {}

    /// Why the run should stop, as the end of a sentence; asked only where [#isCancelled()].
    default String reason() {
        return "its caller asked for it";
    }

    /// Fails if the run should stop.
    default void check() {
        if (isCancelled()) {
            throw new CancelledException("the run was cancelled: " + reason());
        }
    }
}
