package dev.quern.train;

import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.ExprOp;
import dev.quern.op.ExprsOp;
import dev.quern.op.Reduce;
import java.util.List;

/// Adam's direction, scaled for each parameter to the parameter's own length (You et al., 2020, algorithm 2, with the
/// identity as φ): for large batches.
///
/// @param learningRate step size as a share of a parameter's length
/// @param beta1 decay of the mean of gradients
/// @param beta2 decay of the mean of squared gradients
/// @param epsilon added to the denominator
/// @param weightDecay share of a parameter that is added to the direction
public record LAMB(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements Optimizer {
    public LAMB {
        Moments.requireValid(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    public LAMB(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-6, 0.01);
    }

    @Override
    public List<String> state() {
        return Moments.STATE;
    }

    @Override
    public double[] factors(long step, double rate) {
        return new double[] {-rate, 1 - Math.pow(beta1, step), Math.sqrt(1 - Math.pow(beta2, step))};
    }

    @Override
    public List<Value> update(GraphBuilder g, Value parameter, Value gradient, List<Value> state, List<Value> factors) {
        List<Value> operands = List.of(parameter, gradient, state.get(0), state.get(1), factors.get(1), factors.get(2));
        List<Expr> args = ElementwiseOptimizer.arguments(operands, parameter.dtype());
        Moments moments = Moments.of(beta1, beta2, args.get(1), args.subList(2, 4));
        Expr direction = moments.mean()
                .dividedBy(args.get(4))
                .dividedBy(moments.square().sqrt().dividedBy(args.get(5)).plus(epsilon))
                .plus(args.getFirst().times(weightDecay));
        List<Value> moved = g.apply(
                new ExprsOp("Lamb", operands.size(), List.of(direction, moments.mean(), moments.square())), operands);
        Value ratio = ExprOp.apply(g, "TrustRatio", LAMB::ratio, squared(g, parameter), squared(g, moved.getFirst()));
        Value after = ExprOp.apply(
                g,
                "Lamb",
                a -> a.get(0)
                        .plus(a.get(1)
                                .times(a.get(2).times(a.get(3).castTo(a.get(2).dtype())))),
                parameter,
                moved.getFirst(),
                ratio,
                factors.getFirst());
        return List.of(after, moved.get(1), moved.get(2));
    }

    private static Value squared(GraphBuilder g, Value v) {
        return g.apply(new Reduce(Reduce.Kind.SUM_SQUARE, false), v);
    }

    /// The length of the parameter by that of the direction; 1 where one of them is 0.
    private static Expr ratio(List<Expr> squares) {
        Expr ofParameter = squares.get(0);
        Expr ofDirection = squares.get(1);
        Expr one = ofParameter.like(1);
        Expr ratio = ofParameter.sqrt().dividedBy(ofDirection.sqrt());
        return Expr.select(ofParameter.gt(0), Expr.select(ofDirection.gt(0), ratio, one), one);
    }
}
