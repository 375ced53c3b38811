package dev.quern.train;

/// The loss, the gradient or a running statistic of a step is no finite number. The step's update did not take place.
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long step;

    DivergedException(String what) {
        this(0, what);
    }

    private DivergedException(long step, String message) {
        super(message);
        this.step = step;
    }

    /// The same of a step whose number is known.
    DivergedException at(long number) {
        return new DivergedException(
                number, "step " + number + ": " + getMessage() + "; the parameters are those before the step");
    }

    /// The step that failed, from 1.
    public long step() {
        return step;
    }
}
