package dev.quern.differential;

/// ONNX Runtime does not accept nodes, or dies of them.
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean fatal;

    RefusedException(String message, boolean fatal) {
        super(message);
        this.fatal = fatal;
    }

    /// Whether the process of ONNX Runtime ended, or did not answer.
    boolean isFatal() {
        return fatal;
    }
}
