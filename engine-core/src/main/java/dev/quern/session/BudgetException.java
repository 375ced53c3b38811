package dev.quern.session;

/// A run would need more than its model's budget allows; nothing was allocated.
public final class BudgetException extends ModelException {
    private static final long serialVersionUID = 1L;

    public BudgetException(String message) {
        super(message);
    }
}
