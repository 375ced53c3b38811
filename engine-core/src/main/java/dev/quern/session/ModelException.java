package dev.quern.session;

/// A model cannot be read, written or used as asked; the message says what was expected, what came, and where.
public class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
