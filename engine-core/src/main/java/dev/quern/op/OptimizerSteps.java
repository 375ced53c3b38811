package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// One step of an optimizer on one tensor, as ai.onnx.preview.training defines it, in one pass over memory.
///
/// Operands: the learning rate R, the number T of steps before (`i64`), the tensor X, its gradient G, then the state.
/// Results: the new X, then the new state. To every gradient `norm` · X is added.
public sealed interface OptimizerSteps extends CompositeOp {

    double norm();

    /// How many tensors of state there are.
    int states();

    /// The new X and the new state.
    List<Expr> step(Step s);

    /// The elements of the operands, all in the type of X.
    ///
    /// @param gradient with the regularization added
    record Step(Expr rate, Expr count, Expr x, Expr gradient, List<Expr> state) {}

    @Override
    default boolean isDifferentiable() {
        return false;
    }

    @Override
    default List<DType> dtypes(Operands in) {
        return Collections.nCopies(1 + states(), in.dtype(2));
    }

    @Override
    default List<Value> expand(GraphBuilder g, List<Value> in) {
        List<Expr> args = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            args.add(Expr.arg(i, in.get(i).dtype()).castTo(in.get(2).dtype()));
        }
        Expr gradient = args.get(2).times(norm()).plus(args.get(3));
        Step step = new Step(args.get(0), args.get(1), args.get(2), gradient, args.subList(4, args.size()));
        return g.apply(new ExprsOp(name(), in.size(), step(step)), in);
    }

    /// X − R / (1 + T · decay) · G / (√H + ε), where H sums the squares of G. Adagrad, version 1; Duchi et al., 2011.
    record Adagrad(double norm, double decay, double epsilon) implements OptimizerSteps {
        @Override
        public int states() {
            return 1;
        }

        @Override
        public List<Expr> step(Step s) {
            Expr rate = s.rate().dividedBy(s.count().times(decay).plus(1));
            Expr squares = s.state().getFirst().plus(s.gradient().times(s.gradient()));
            Expr move = rate.times(s.gradient()).dividedBy(squares.sqrt().plus(epsilon));
            return List.of(s.x().minus(move), squares);
        }
    }

    /// Running means V of the gradient (weight `alpha`) and H of its square (`beta`): X − R′ · V / (√H + ε), where R′
    /// makes up for means that began at 0; then X shrinks by `after`. Adam, version 1; Kingma and Ba, 2014.
    record Adam(double norm, double after, double alpha, double beta, double epsilon) implements OptimizerSteps {
        @Override
        public int states() {
            return 2;
        }

        @Override
        public List<Expr> step(Step s) {
            Expr g = s.gradient();
            Expr mean = s.state().get(0).times(alpha).plus(g.times(1 - alpha));
            Expr square = s.state().get(1).times(beta).plus(g.times(g).times(1 - beta));
            Expr begun = s.rate()
                    .times(power(s, beta).negate().plus(1).sqrt())
                    .dividedBy(power(s, alpha).negate().plus(1));
            Expr rate = Expr.select(s.count().gt(0), begun, s.rate());
            Expr moved = s.x().minus(rate.times(mean).dividedBy(square.sqrt().plus(epsilon)));
            return List.of(moved.times(1 - after), mean, square);
        }

        private static Expr power(Step s, double base) {
            return s.count().like(base).pow(s.count());
        }
    }

    /// A velocity V, `alpha` of the last one plus `beta` of the gradient (all of it in the first step): X − R · V, or,
    /// where `nesterov`, X − R · (G + alpha · V). Momentum, version 1.
    record Momentum(double norm, double alpha, double beta, boolean nesterov) implements OptimizerSteps {
        @Override
        public int states() {
            return 1;
        }

        @Override
        public List<Expr> step(Step s) {
            Expr g = s.gradient();
            Expr weight = Expr.select(s.count().gt(0), g.like(beta), g.like(1));
            Expr velocity = s.state().getFirst().times(alpha).plus(weight.times(g));
            Expr move = nesterov ? g.plus(velocity.times(alpha)) : velocity;
            return List.of(s.x().minus(s.rate().times(move)), velocity);
        }
    }

    static Stream<Example> examples() {
        Example.Operand rate = Example.f32().in(0.1, 0.5);
        Example.Operand x = Example.f32(2, 3);
        Example.Operand squares = Example.f32(2, 3).in(0.5, 2);
        return Stream.of(0L, 3L).flatMap(t -> {
            Example.Operand count = Example.fixed(Tensor.scalar(DType.I64, t));
            return Stream.of(
                    Example.of(new Adagrad(0.01, 0.1, 1e-5), rate, count, x, x, squares),
                    Example.of(new Adam(0.01, 0.1, 0.9, 0.99, 1e-5), rate, count, x, x, x, squares),
                    Example.of(new Momentum(0.01, 0.9, 0.8, false), rate, count, x, x, x),
                    Example.of(new Momentum(0.01, 0.9, 0.8, true), rate, count, x, x, x));
        });
    }
}
