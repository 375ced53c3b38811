package dev.quern.train;

/// The loss or the gradient of a step is no finite number. The step's update did not take place.
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long step;

    DivergedException(long step, double loss, double gradientNorm) {
        super("step " + step + ": the loss is " + loss + " and the gradient's length " + gradientNorm
                + "; the parameters are those before the step: try a smaller learning rate or clipNorm(1)");
        this.step = step;
    }

    /// The step that failed, from 1.
    public long step() {
        return step;
    }
}
