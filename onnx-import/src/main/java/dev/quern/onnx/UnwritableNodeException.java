package dev.quern.onnx;

import dev.quern.session.ModelException;

/// A node of a graph has no form in ONNX; the message names the node, its operator and the reason.
public final class UnwritableNodeException extends ModelException {
    private static final long serialVersionUID = 1L;

    UnwritableNodeException(String node, String reason) {
        super("node " + node + " cannot be written as ONNX: " + reason);
    }
}
