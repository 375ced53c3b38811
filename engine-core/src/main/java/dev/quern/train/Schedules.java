package dev.quern.train;

/// Learning rates over time.
public final class Schedules {
    private Schedules() {}

    /// The optimizer's learning rate at every step.
    public static Schedule constant() {
        return (step, steps) -> 1;
    }

    /// Down to 0 along half a cosine (Loshchilov and Hutter, 2017), after `warmUp` steps that rise to it linearly.
    public static Schedule cosine(long warmUp) {
        return warmedUp(warmUp, (step, steps) -> 0.5 * (1 + Math.cos(Math.PI * (step - 1) / Math.max(1, steps))));
    }

    /// Down to 0 along a line, after `warmUp` steps that rise to it linearly.
    public static Schedule linear(long warmUp) {
        return warmedUp(warmUp, (step, steps) -> 1 - (double) (step - 1) / Math.max(1, steps));
    }

    /// Multiplied with `factor` after every `every` steps.
    public static Schedule steps(long every, double factor) {
        if (every < 1) {
            throw new IllegalArgumentException("a step schedule changes after at least 1 step, not " + every);
        }
        return (step, steps) -> {
            long done = (step - 1) / every;
            return Math.pow(factor, done);
        };
    }

    /// Step k of the first `warmUp` is k / warmUp; `then` counts the steps after them.
    public static Schedule warmedUp(long warmUp, Schedule then) {
        return (step, steps) ->
                step <= warmUp ? (double) step / warmUp : then.at(step - warmUp, Math.max(1, steps - warmUp));
    }
}
