package dev.quern.train;

/// The loss, the gradient or a running statistic of a step is no finite number. The step's update did not take place.
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long step;

    DivergedException(long step, String what) {
        super("step " + step + ": " + what + "; the parameters are those before the step");
        this.step = step;
    }

    /// The step that failed, from 1.
    public long step() {
        return step;
    }
}
