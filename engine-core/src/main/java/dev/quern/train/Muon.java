package dev.quern.train;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.ExprOp;
import dev.quern.op.Products.Gemm;
import dev.quern.op.Reduce;
import java.util.List;

/// Momentum made orthogonal by Newton and Schulz's iteration, for matrices (Jordan et al., 2024), as PyTorch's
/// `torch.optim.Muon` computes it, except that the iteration runs in the parameter's type where PyTorch rounds to
/// bfloat16.
///
/// Vectors, embeddings and last layers are better given to another optimizer: see
/// [Trainer#optimizer(Optimizer, String...)].
///
/// @param learningRate step size; multiplied with √(rows / columns) where there are more rows than columns
/// @param momentum share of the running mean that is kept
/// @param nesterov whether the gradient is taken ahead of the momentum
/// @param weightDecay share of a parameter, times the learning rate, that each step takes away
/// @param iterations of the orthogonalisation
public record Muon(double learningRate, double momentum, boolean nesterov, double weightDecay, int iterations)
        implements Optimizer {
    /// Coefficients of x, x³ and x⁵ in the iteration, chosen for the greatest slope at 0.
    private static final double[] QUINTIC = {3.4445, -4.7750, 2.0315};

    private static final double LEAST_NORM = 1e-7;

    public Muon {
        Setting.notNegative("learning rate", learningRate);
        Setting.decay("momentum", momentum);
        Setting.notNegative("weight decay", weightDecay);
        if (iterations < 1 || iterations > 100) {
            throw new IllegalArgumentException("Muon makes 1 to 100 iterations, not " + iterations);
        }
    }

    public Muon(double learningRate) {
        this(learningRate, 0.95, true, 0.1, 5);
    }

    @Override
    public boolean moves(Value parameter) {
        return parameter.rank() == 2;
    }

    @Override
    public List<String> state() {
        return List.of("momentum");
    }

    @Override
    public double[] factors(long step, double rate) {
        return new double[] {-rate, 1 - rate * weightDecay};
    }

    @Override
    public List<Value> update(GraphBuilder g, Value parameter, Value gradient, List<Value> state, List<Value> factors) {
        Value mean = ExprOp.apply(
                g, "Momentum", a -> Moments.towards(a.get(0), a.get(1), 1 - momentum), state.getFirst(), gradient);
        Value direction = nesterov
                ? ExprOp.apply(g, "Nesterov", a -> Moments.towards(a.get(0), a.get(1), momentum), gradient, mean)
                : mean;
        long rows = parameter.shape().dim(0).extent();
        long columns = parameter.shape().dim(1).extent();
        double stretch = Math.sqrt(Math.max(1, (double) rows / columns));
        Value after = ExprOp.apply(
                g,
                "Muon",
                a -> a.get(0)
                        .times(a.get(3).castTo(a.get(0).dtype()))
                        .plus(a.get(1)
                                .times(a.get(2).times(stretch).castTo(a.get(0).dtype()))),
                parameter,
                orthogonal(g, direction, rows > columns),
                factors.get(0),
                factors.get(1));
        return List.of(after, mean);
    }

    private Value orthogonal(GraphBuilder g, Value matrix, boolean isTall) {
        Arranging.Transpose turned = new Arranging.Transpose(1, 0);
        Value x = isTall ? g.apply(turned, matrix) : matrix;
        Value norm = g.apply(new Reduce(Reduce.Kind.L2, false), x);
        x = ExprOp.apply(g, "Normalize", a -> a.get(0).dividedBy(a.get(1).max(LEAST_NORM)), x, norm);
        for (int i = 0; i < iterations; i++) {
            Value gram = g.apply(new Gemm(1, 0, false, true), x, x);
            Value change = g.apply(new Gemm(QUINTIC[2], QUINTIC[1], false, false), gram, gram, gram);
            x = g.apply(new Gemm(1, QUINTIC[0], false, false), change, x, x);
        }
        return isTall ? g.apply(turned, x) : x;
    }
}
