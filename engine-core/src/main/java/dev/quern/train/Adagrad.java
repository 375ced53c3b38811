package dev.quern.train;

import dev.quern.expr.Expr;
import java.util.List;

/// Steps divided by the root of the sum of all squared gradients (Duchi et al., 2011), as PyTorch's
/// `torch.optim.Adagrad` computes it, in the same order of operations.
///
/// @param learningRate step size
/// @param rateDecay the rate of step n is divided by 1 + (n − 1) · this
/// @param weightDecay L2 penalty, added to the gradient
/// @param epsilon added to the denominator
public record Adagrad(double learningRate, double rateDecay, double weightDecay, double epsilon)
        implements ElementwiseOptimizer {
    public Adagrad {
        Setting.notNegative("learning rate", learningRate);
        Setting.notNegative("rate decay", rateDecay);
        Setting.notNegative("weight decay", weightDecay);
        Setting.notNegative("epsilon", epsilon);
    }

    public Adagrad(double learningRate) {
        this(learningRate, 0, 0, 1e-10);
    }

    @Override
    public List<String> state() {
        return List.of("sum");
    }

    @Override
    public double[] factors(long step, double rate) {
        return new double[] {-rate / (1 + (step - 1) * rateDecay)};
    }

    @Override
    public List<Expr> update(Expr parameter, Expr gradient, List<Expr> state, List<Expr> factors) {
        Expr g = weightDecay == 0 ? gradient : gradient.plus(parameter.times(weightDecay));
        Expr sum = state.getFirst().plus(g.times(g));
        Expr step = g.times(factors.getFirst()).dividedBy(sum.sqrt().plus(epsilon));
        return List.of(parameter.plus(step), sum);
    }
}
