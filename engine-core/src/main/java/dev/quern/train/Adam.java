package dev.quern.train;

import dev.quern.expr.Expr;
import java.util.List;

/// Adam (Kingma and Ba, 2015), as PyTorch's `torch.optim.Adam` computes it, in the same order of operations.
///
/// @param learningRate step size
/// @param beta1 decay of the mean of gradients
/// @param beta2 decay of the mean of squared gradients
/// @param epsilon added to the denominator
/// @param weightDecay L2 penalty, added to the gradient
public record Adam(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements ElementwiseOptimizer {
    public Adam {
        Moments.requireValid(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    public Adam(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0);
    }

    @Override
    public List<String> state() {
        return Moments.STATE;
    }

    @Override
    public double[] factors(long step, double rate) {
        return Moments.factors(step, rate, beta1, beta2);
    }

    @Override
    public List<Expr> update(Expr parameter, Expr gradient, List<Expr> state, List<Expr> factors) {
        Expr g = weightDecay == 0 ? gradient : gradient.plus(parameter.times(weightDecay));
        return Moments.of(beta1, beta2, g, state).update(parameter, epsilon, factors.get(0), factors.get(1));
    }
}
