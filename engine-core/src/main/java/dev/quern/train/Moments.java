package dev.quern.train;

import dev.quern.expr.Expr;
import java.util.List;

/// The running means that Adam and AdamW share: of gradients and of their squares.
record Moments(Expr mean, Expr square) {
    static final List<String> STATE = List.of("mean", "square");

    static void requireValid(double learningRate, double beta1, double beta2, double epsilon, double weightDecay) {
        if (learningRate < 0 || epsilon < 0 || weightDecay < 0) {
            throw new IllegalArgumentException("learning rate, epsilon and weight decay must not be negative");
        }
        if (beta1 < 0 || beta1 >= 1 || beta2 < 0 || beta2 >= 1) {
            throw new IllegalArgumentException("betas must be in [0, 1), not " + beta1 + " and " + beta2);
        }
    }

    /// The means after a gradient: the first by interpolation, as PyTorch's `lerp` does it.
    static Moments of(double beta1, double beta2, Expr gradient, List<Expr> state) {
        Expr before = state.get(0);
        Expr towards = gradient.minus(before);
        Expr mean = 1 - beta1 < 0.5
                ? before.plus(towards.times(1 - beta1))
                : gradient.minus(towards.times(1 - (1 - beta1)));
        Expr square = state.get(1).times(beta2).plus(gradient.times(1 - beta2).times(gradient));
        return new Moments(mean, square);
    }

    /// Minus the step size with the correction of the mean's bias, and the root of the other correction.
    static double[] factors(long step, double rate, double beta1, double beta2) {
        double correction = 1 - Math.pow(beta1, step);
        return new double[] {-(rate / correction), Math.sqrt(1 - Math.pow(beta2, step))};
    }

    List<Expr> update(Expr parameter, double epsilon, Expr stepSize, Expr rootOfCorrection) {
        Expr denominator = square.sqrt().dividedBy(rootOfCorrection).plus(epsilon);
        return List.of(parameter.plus(mean.times(stepSize).dividedBy(denominator)), mean, square);
    }
}
