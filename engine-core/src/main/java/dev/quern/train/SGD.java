package dev.quern.train;

import dev.quern.expr.Expr;
import java.util.List;

/// Stochastic gradient descent with momentum (Sutskever et al., 2013), as PyTorch's `torch.optim.SGD` computes it
/// without dampening, in the same order of operations.
///
/// @param learningRate step size
/// @param momentum share of the last step's direction that is kept; 0 for none
/// @param nesterov whether the gradient is taken ahead of the momentum
/// @param weightDecay L2 penalty, added to the gradient
public record SGD(double learningRate, double momentum, boolean nesterov, double weightDecay)
        implements ElementwiseOptimizer {
    public SGD {
        Setting.notNegative("learning rate", learningRate);
        Setting.notNegative("momentum", momentum);
        Setting.notNegative("weight decay", weightDecay);
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException("Nesterov's method needs a momentum");
        }
    }

    public SGD(double learningRate) {
        this(learningRate, 0, false, 0);
    }

    public SGD(double learningRate, double momentum) {
        this(learningRate, momentum, false, 0);
    }

    @Override
    public List<String> state() {
        return momentum == 0 ? List.of() : List.of("momentum");
    }

    @Override
    public double[] factors(long step, double rate) {
        return new double[] {-rate};
    }

    @Override
    public List<Expr> update(Expr parameter, Expr gradient, List<Expr> state, List<Expr> factors) {
        Expr g = weightDecay == 0 ? gradient : gradient.plus(parameter.times(weightDecay));
        Expr rate = factors.getFirst();
        if (momentum == 0) {
            return List.of(parameter.plus(g.times(rate)));
        }
        Expr velocity = state.getFirst().times(momentum).plus(g);
        Expr direction = nesterov ? g.plus(velocity.times(momentum)) : velocity;
        return List.of(parameter.plus(direction.times(rate)), velocity);
    }
}
