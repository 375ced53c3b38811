package dev.quern.compile;

import java.util.List;

/// A model has nodes that cannot run; the message lists all of them.
public final class UnsupportedModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> missing;

    public UnsupportedModelException(List<String> missing) {
        super("the model has " + missing.size() + (missing.size() == 1 ? " node" : " nodes") + " that cannot run: "
                + String.join("; ", missing));
        this.missing = List.copyOf(missing);
    }

    /// One line for each node: name, operator, domain, version, reason.
    public List<String> missing() {
        return missing;
    }
}
