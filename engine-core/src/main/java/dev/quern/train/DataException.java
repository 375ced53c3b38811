package dev.quern.train;

/// A data file cannot be read, or does not hold what a model or a loss needs; the message says where and what.
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
