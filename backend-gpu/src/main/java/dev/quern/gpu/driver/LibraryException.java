package dev.quern.gpu.driver;

/// A library of CUDA is missing, or not one that can be used.
public final class LibraryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param message what is wrong with it
    public LibraryException(String message) {
        super(message);
    }
}
