package dev.quern.onnx;

/// A node uses a form of its operator that this library does not have; it becomes an opaque node with this reason.
final class UnsupportedNodeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnsupportedNodeException(String reason) {
        super(reason);
    }
}
