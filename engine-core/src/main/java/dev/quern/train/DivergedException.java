package dev.quern.train;

import java.util.Optional;

/// The loss, the gradient or a running statistic of a step is no finite number. The step's update did not take place.
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long step;

    DivergedException(String what) {
        this(0, what);
    }

    /// Of a loss and the length of its gradient.
    ///
    /// @param culprit the first node whose result is no finite number
    static DivergedException of(double loss, double length, Optional<String> culprit) {
        return new DivergedException("the loss is " + loss + ", the length of the gradient " + length
                + culprit.map(title -> "; the first values that are no finite numbers come from " + title)
                        .orElse("")
                + " (a smaller learning rate or clipNorm(1) may help)");
    }

    /// The same on a device, where several share the batch.
    DivergedException on(String device) {
        return new DivergedException("on " + device + " " + getMessage());
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
