package dev.quern.train;

import dev.quern.expr.Expr;
import java.util.ArrayList;
import java.util.List;

/// Steps divided by the root of a running mean of squared gradients (Hinton, 2012), as PyTorch's
/// `torch.optim.RMSprop` computes it, in the same order of operations.
///
/// @param learningRate step size
/// @param smoothing decay of the mean of squared gradients
/// @param epsilon added to the denominator
/// @param weightDecay L2 penalty, added to the gradient
/// @param momentum share of the last step's direction that is kept; 0 for none
/// @param centered whether the mean of squares is lessened by the square of the mean (Graves, 2013)
public record RMSProp(
        double learningRate, double smoothing, double epsilon, double weightDecay, double momentum, boolean centered)
        implements ElementwiseOptimizer {
    public RMSProp {
        Setting.notNegative("learning rate", learningRate);
        Setting.decay("smoothing", smoothing);
        Setting.notNegative("epsilon", epsilon);
        Setting.notNegative("weight decay", weightDecay);
        Setting.notNegative("momentum", momentum);
    }

    public RMSProp(double learningRate) {
        this(learningRate, 0.99, 1e-8, 0, 0, false);
    }

    @Override
    public List<String> state() {
        List<String> names = new ArrayList<>(List.of("square"));
        if (centered) {
            names.add("mean");
        }
        if (momentum > 0) {
            names.add("momentum");
        }
        return names;
    }

    @Override
    public double[] factors(long step, double rate) {
        return new double[] {-rate};
    }

    @Override
    public List<Expr> update(Expr parameter, Expr gradient, List<Expr> state, List<Expr> factors) {
        Expr g = weightDecay == 0 ? gradient : gradient.plus(parameter.times(weightDecay));
        List<Expr> after = new ArrayList<>();
        Expr square =
                state.getFirst().times(smoothing).plus(g.times(1 - smoothing).times(g));
        after.add(square);
        Expr variance = square;
        if (centered) {
            Expr mean = Moments.towards(state.get(1), g, 1 - smoothing);
            after.add(mean);
            variance = square.minus(mean.times(mean));
        }
        Expr denominator = variance.sqrt().plus(epsilon);
        Expr rate = factors.getFirst();
        if (momentum == 0) {
            after.addFirst(parameter.plus(g.times(rate).dividedBy(denominator)));
        } else {
            Expr velocity = state.getLast().times(momentum).plus(g.dividedBy(denominator));
            after.add(velocity);
            after.addFirst(parameter.plus(velocity.times(rate)));
        }
        return after;
    }
}
