package dev.quern.backend;

/// A backend that was asked for is not available; the message has the reason and the remedy.
public final class BackendException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BackendException(String message) {
        super(message);
    }
}
