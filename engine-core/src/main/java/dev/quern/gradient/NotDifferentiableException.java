package dev.quern.gradient;

import java.util.List;

/// Operators without a gradient lie between a value and the leaves it should be differentiated by; the message lists
/// all of them.
public final class NotDifferentiableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> nodes;

    public NotDifferentiableException(List<String> nodes) {
        super("gradients cannot flow through " + nodes.size() + (nodes.size() == 1 ? " node: " : " nodes: ")
                + String.join("; ", nodes) + " (freeze there what lies before, or train other parameters)");
        this.nodes = List.copyOf(nodes);
    }

    /// The nodes, by operator and name.
    public List<String> nodes() {
        return nodes;
    }
}
