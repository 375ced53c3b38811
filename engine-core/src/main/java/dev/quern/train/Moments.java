package dev.quern.train;

import dev.quern.expr.Expr;
import java.util.List;

/// The running means that Adam and AdamW share: of gradients and of their squares.
record Moments(Expr mean, Expr square) {
    static final List<String> STATE = List.of("mean", "square");

    static void requireValid(double learningRate, double beta1, double beta2, double epsilon, double weightDecay) {
        Setting.notNegative("learning rate", learningRate);
        Setting.decay("beta1", beta1);
        Setting.decay("beta2", beta2);
        Setting.notNegative("epsilon", epsilon);
        Setting.notNegative("weight decay", weightDecay);
    }

    /// The way from `a` to `b`, as PyTorch's `lerp` goes it: from the nearer end.
    static Expr towards(Expr a, Expr b, double share) {
        Expr way = b.minus(a);
        return share < 0.5 ? a.plus(way.times(share)) : b.minus(way.times(1 - share));
    }

    /// The means after a gradient.
    static Moments of(double beta1, double beta2, Expr gradient, List<Expr> state) {
        Expr mean = towards(state.get(0), gradient, 1 - beta1);
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
