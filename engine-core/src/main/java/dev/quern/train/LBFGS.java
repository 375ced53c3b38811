package dev.quern.train;

import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.ExprOp;
import dev.quern.op.Reduce;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno (Liu and Nocedal, 1989), with the two loops of
/// Nocedal and Wright, "Numerical Optimization", algorithm 7.4, and a fixed step: as PyTorch's `torch.optim.LBFGS` with
/// `max_iter=1` and no line search. A step is one iteration; the data should be one batch, or large ones.
///
/// The direction takes all parameters together, those of its group: their moves and the changes of their gradients over
/// the last steps.
///
/// @param learningRate the share of the direction that a step goes; the first step goes no further than this in sum
/// @param history how many steps are remembered; each takes twice the memory of the parameters
public record LBFGS(double learningRate, int history) implements Optimizer {
    /// As PyTorch's: pairs of less curvature are not remembered, and a direction that descends less is not taken.
    private static final double LEAST_CURVATURE = 1e-10;

    private static final double LEAST_DESCENT = 1e-9;

    private static final int GRADIENT = 0;
    private static final int MOVE = 1;
    private static final int MOVES = 2;

    public LBFGS {
        Setting.notNegative("learning rate", learningRate);
        if (history < 1) {
            throw new IllegalArgumentException("at least 1 step must be remembered, not " + history);
        }
    }

    public LBFGS(double learningRate) {
        this(learningRate, 10);
    }

    @Override
    public List<String> state() {
        return Stream.concat(
                        Stream.of("gradient", "move"),
                        Stream.of("move", "change")
                                .flatMap(s -> IntStream.range(0, history).mapToObj(i -> s + i)))
                .toList();
    }

    /// The rate, and whether this is the first step.
    @Override
    public double[] factors(long step, double rate) {
        return new double[] {rate, step == 1 ? 1 : 0};
    }

    @Override
    public List<Value> update(GraphBuilder g, Value parameter, Value gradient, List<Value> state, List<Value> factors) {
        return updateAll(g, List.of(parameter), List.of(gradient), List.of(state), factors)
                .getFirst();
    }

    @Override
    public List<List<Value>> updateAll(
            GraphBuilder g,
            List<Value> parameters,
            List<Value> gradients,
            List<List<Value>> states,
            List<Value> factors) {
        if (parameters.isEmpty()) {
            return List.of();
        }
        g.at("LBFGS");
        Vectors v = new Vectors(g, factors.getFirst().dtype());
        List<Value> moved = of(states, MOVE);
        List<Value> changed = v.each((a, b) -> a.minus(b), gradients, of(states, GRADIENT));
        Value curvature = v.dot(changed, moved);
        Value remembers = v.scalar(
                a -> Expr.select(
                        a.get(0).gt(LEAST_CURVATURE),
                        Expr.select(a.get(1).gt(0), a.get(1).like(0), a.get(1).like(1)),
                        a.get(1).like(0)),
                curvature,
                factors.get(1));
        List<List<Value>> moves = shifted(v, states, MOVES, moved, remembers);
        List<List<Value>> changes = shifted(v, states, MOVES + history, changed, remembers);
        List<Value> direction = direction(v, gradients, moves, changes);
        Value descent = v.dot(gradients, direction);
        Value sum = v.sum(v.each((a, b) -> a.abs(), gradients, gradients));
        Value share = v.scalar(
                a -> Expr.select(
                        a.get(3).gt(-LEAST_DESCENT),
                        a.get(0).like(0),
                        Expr.select(
                                a.get(1).gt(0),
                                a.get(2).like(1).dividedBy(a.get(2)).min(1).times(a.get(0)),
                                a.get(0))),
                factors.get(0),
                factors.get(1),
                sum,
                descent);
        List<Value> move = v.scaled(direction, share);
        List<Value> after = v.each((a, b) -> a.plus(b), parameters, move);
        List<List<Value>> results = new ArrayList<>();
        for (int p = 0; p < parameters.size(); p++) {
            List<Value> own = new ArrayList<>(List.of(after.get(p), gradients.get(p), move.get(p)));
            for (List<Value> kept : joined(moves, changes)) {
                own.add(kept.get(p));
            }
            results.add(own);
        }
        return results;
    }

    /// What is remembered, the last one behind the others and the first one gone, where that is worth it.
    private List<List<Value>> shifted(Vectors v, List<List<Value>> states, int first, List<Value> last, Value when) {
        List<List<Value>> kept = new ArrayList<>();
        for (int i = 0; i < history; i++) {
            kept.add(v.chosen(when, i + 1 < history ? of(states, first + i + 1) : last, of(states, first + i)));
        }
        return kept;
    }

    private List<Value> direction(
            Vectors v, List<Value> gradients, List<List<Value>> moves, List<List<Value>> changes) {
        List<Value> inverse = new ArrayList<>();
        for (int i = 0; i < history; i++) {
            inverse.add(v.scalar(
                    a -> Expr.select(
                            a.get(0).gt(0),
                            a.get(0).like(1).dividedBy(a.get(0)),
                            a.get(0).like(0)),
                    v.dot(changes.get(i), moves.get(i))));
        }
        Value scale = v.scalar(
                a -> Expr.select(
                        a.get(0).gt(0), a.get(0).dividedBy(a.get(1)), a.get(0).like(1)),
                v.dot(changes.getLast(), moves.getLast()),
                v.dot(changes.getLast(), changes.getLast()));
        List<Value> q = v.each((a, b) -> a.negate(), gradients, gradients);
        List<Value> along = new ArrayList<>(Collections.nCopies(history, scale));
        for (int i = history - 1; i >= 0; i--) {
            Value share = v.scalar(a -> a.get(0).times(a.get(1)), v.dot(moves.get(i), q), inverse.get(i));
            along.set(i, share);
            q = v.plus(q, v.scalar(a -> a.getFirst().negate(), share), changes.get(i));
        }
        List<Value> d = v.scaled(q, scale);
        for (int i = 0; i < history; i++) {
            Value share = v.scalar(
                    a -> a.get(0).minus(a.get(1).times(a.get(2))),
                    along.get(i),
                    v.dot(changes.get(i), d),
                    inverse.get(i));
            d = v.plus(d, share, moves.get(i));
        }
        return d;
    }

    private static List<Value> of(List<List<Value>> states, int kind) {
        return states.stream().map(s -> s.get(kind)).toList();
    }

    private static <T> List<T> joined(List<T> first, List<T> then) {
        return Stream.concat(first.stream(), then.stream()).toList();
    }

    /// Vectors in parts, one for each parameter, and numbers that take all of them together.
    ///
    /// @param type of the numbers
    private record Vectors(GraphBuilder g, DType type) {
        private interface Pair {
            Expr of(Expr a, Expr b);
        }

        private interface Numbers {
            Expr of(List<Expr> numbers);
        }

        List<Value> each(Pair pair, List<Value> a, List<Value> b) {
            return IntStream.range(0, a.size())
                    .mapToObj(i -> ExprOp.apply(g, "Lbfgs", x -> pair.of(x.get(0), x.get(1)), a.get(i), b.get(i)))
                    .toList();
        }

        Value scalar(Numbers f, Value... numbers) {
            return ExprOp.apply(g, "Lbfgs", f::of, numbers);
        }

        Value dot(List<Value> a, List<Value> b) {
            return sum(each(Expr::times, a, b));
        }

        Value sum(List<Value> parts) {
            Reduce sum = new Reduce(Reduce.Kind.SUM, false);
            UnaryOperator<Value> number =
                    v -> v.dtype() == type ? g.apply(sum, v) : g.apply(new Casting.Cast(type), g.apply(sum, v));
            Value total = number.apply(parts.getFirst());
            for (Value part : parts.subList(1, parts.size())) {
                total = g.apply(Arithmetic.ADD, total, number.apply(part));
            }
            return total;
        }

        /// a + share · b
        List<Value> plus(List<Value> a, Value share, List<Value> b) {
            return IntStream.range(0, a.size())
                    .mapToObj(i -> ExprOp.apply(
                            g,
                            "Lbfgs",
                            x -> x.get(0).plus(x.get(1).castTo(x.get(0).dtype()).times(x.get(2))),
                            a.get(i),
                            share,
                            b.get(i)))
                    .toList();
        }

        List<Value> scaled(List<Value> a, Value share) {
            return a.stream()
                    .map(v -> ExprOp.apply(
                            g,
                            "Lbfgs",
                            x -> x.get(0).times(x.get(1).castTo(x.get(0).dtype())),
                            v,
                            share))
                    .toList();
        }

        /// `yes` where `when` is 1, else `no`.
        List<Value> chosen(Value when, List<Value> yes, List<Value> no) {
            return IntStream.range(0, yes.size())
                    .mapToObj(i -> ExprOp.apply(
                            g,
                            "Lbfgs",
                            x -> Expr.select(x.get(0).gt(0), x.get(1), x.get(2)),
                            when,
                            yes.get(i),
                            no.get(i)))
                    .toList();
        }
    }
}
