package dev.quern.session;

/// Stops a run from another thread: hand it to [Model#run(java.util.Map, CancelToken)] and call [#cancel()].
public final class CancelToken {
    private volatile boolean cancelled;

    /// A token that is not cancelled.
    public CancelToken() {}

    public void cancel() {
        cancelled = true;
    }

    public boolean isCancelled() {
        return cancelled;
    }
}
