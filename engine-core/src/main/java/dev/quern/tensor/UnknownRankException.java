package dev.quern.tensor;

/// The rank of a tensor was asked for that no one knows yet: it may be known when inputs are.
public final class UnknownRankException extends ShapeException {
    private static final long serialVersionUID = 1L;

    public UnknownRankException(String message) {
        super(message);
    }

    @Override
    public UnknownRankException at(String place) {
        UnknownRankException named = new UnknownRankException(place + ": " + getMessage());
        named.initCause(this);
        return named;
    }
}
