package dev.quern.train;

import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Casting;
import dev.quern.op.ExprOp;
import dev.quern.op.Reduce;
import dev.quern.op.Shaping;
import dev.quern.tensor.ShapeException;
import java.util.function.BinaryOperator;

/// The mean of an expression of each number of the output and the label at its place. A label that lacks the output's
/// last axis of extent 1 is taken as having it.
record PairwiseLoss(String name, BinaryOperator<Expr> element) implements Loss {

    @Override
    public Value of(GraphBuilder g, Value output, Value label) {
        if (!output.shape().isRanked()) {
            return of(g, flat(g, output), flat(g, label));
        }
        Value target = label;
        if (label.rank() == output.rank() - 1 && output.shape().dim(-1).is(1)) {
            target = g.apply(new Shaping.Unsqueeze(), target, g.longs(-1));
        }
        if (!target.shape().mayEqual(output.shape())) {
            throw new ShapeException("loss " + name + ": the label must have the shape of the output " + output.type()
                    + ", not " + label.type());
        }
        if (target.dtype() != output.dtype()) {
            target = g.apply(new Casting.Cast(output.dtype()), target);
        }
        Value each = ExprOp.apply(g, name, args -> element.apply(args.get(0), args.get(1)), output, target);
        return g.apply(new Reduce(Reduce.Kind.MEAN, false), each);
    }

    /// A value of unknown rank (a branch's result) as one row of numbers.
    private static Value flat(GraphBuilder g, Value v) {
        return g.apply(new Shaping.Reshape(false), v, g.longs(-1));
    }
}
