package dev.quern.train;

import dev.quern.expr.Expr;
import java.util.List;

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as PyTorch's `torch.optim.AdamW` computes it, in the
/// same order of operations.
///
/// @param learningRate step size
/// @param beta1 decay of the mean of gradients
/// @param beta2 decay of the mean of squared gradients
/// @param epsilon added to the denominator
/// @param weightDecay share of a parameter, times the learning rate, that each step takes away
public record AdamW(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements ElementwiseOptimizer {
    public AdamW {
        Moments.requireValid(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    public AdamW(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0.01);
    }

    @Override
    public List<String> state() {
        return Moments.STATE;
    }

    @Override
    public double[] factors(long step, double rate) {
        double[] factors = Moments.factors(step, rate, beta1, beta2);
        return new double[] {factors[0], factors[1], 1 - rate * weightDecay};
    }

    @Override
    public List<Expr> update(Expr parameter, Expr gradient, List<Expr> state, List<Expr> factors) {
        Expr decayed = weightDecay == 0 ? parameter : parameter.times(factors.get(2));
        return Moments.of(beta1, beta2, gradient, state).update(decayed, epsilon, factors.get(0), factors.get(1));
    }
}
