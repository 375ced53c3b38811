package dev.quern.train;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import java.util.List;

/// Steps of one size, in the direction of the sign of a mean of gradients (Chen et al., 2023, algorithm 2).
///
/// @param learningRate step size
/// @param beta1 share of the mean in the direction
/// @param beta2 decay of the mean of gradients
/// @param weightDecay share of a parameter, times the learning rate, that each step takes away
public record Lion(double learningRate, double beta1, double beta2, double weightDecay)
        implements ElementwiseOptimizer {
    public Lion {
        Setting.notNegative("learning rate", learningRate);
        Setting.decay("beta1", beta1);
        Setting.decay("beta2", beta2);
        Setting.notNegative("weight decay", weightDecay);
    }

    public Lion(double learningRate) {
        this(learningRate, 0.9, 0.99, 0);
    }

    @Override
    public List<String> state() {
        return List.of("mean");
    }

    @Override
    public double[] factors(long step, double rate) {
        return new double[] {-rate, 1 - rate * weightDecay};
    }

    @Override
    public List<Expr> update(Expr parameter, Expr gradient, List<Expr> state, List<Expr> factors) {
        Expr mean = state.getFirst();
        Expr direction = mean.times(beta1).plus(gradient.times(1 - beta1)).apply(UnaryFn.SIGN);
        Expr decayed = weightDecay == 0 ? parameter : parameter.times(factors.get(1));
        return List.of(
                decayed.plus(direction.times(factors.get(0))), mean.times(beta2).plus(gradient.times(1 - beta2)));
    }
}
