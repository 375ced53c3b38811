package dev.quern.rewrite;

/// Rules did not come to an end: the message names the rule that was applied last. A fault of the rules, not of the
/// model.
public final class RewriteException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public RewriteException(String message) {
        super(message);
    }
}
