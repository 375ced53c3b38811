package dev.quern.session;

/// An input of a run has a wrong name, element type or shape.
public final class InputException extends ModelException {
    private static final long serialVersionUID = 1L;

    public InputException(String message) {
        super(message);
    }
}
