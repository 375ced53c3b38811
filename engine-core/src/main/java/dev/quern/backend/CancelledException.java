package dev.quern.backend;

/// A run stopped before its end because its caller asked for it (interrupt, deadline or an explicit cancel).
public final class CancelledException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CancelledException(String message) {
        super(message);
    }
}
