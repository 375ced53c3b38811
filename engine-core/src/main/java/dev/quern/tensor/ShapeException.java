package dev.quern.tensor;

/// Shapes, element types or attributes that do not fit together; the message says what was expected and what came.
public sealed class ShapeException extends IllegalArgumentException permits UnknownRankException {
    private static final long serialVersionUID = 1L;

    public ShapeException(String message) {
        super(message);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /// The same fact with the place in front: `MatMul "fc1": …`.
    public ShapeException at(String place) {
        ShapeException named = new ShapeException(place + ": " + getMessage());
        named.initCause(this);
        return named;
    }
}
