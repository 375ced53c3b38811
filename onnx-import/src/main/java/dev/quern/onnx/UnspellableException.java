package dev.quern.onnx;

/// An operator cannot be said in operators of ONNX, for this reason.
final class UnspellableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnspellableException(String reason) {
        super(reason);
    }
}
