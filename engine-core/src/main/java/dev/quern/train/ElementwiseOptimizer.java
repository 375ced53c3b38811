package dev.quern.train;

import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.ExprsOp;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// An optimizer that moves each number of a parameter by its own gradient and state alone: a step is one pass over
/// memory.
public interface ElementwiseOptimizer extends Optimizer {

    /// The parameter after the step, then its state, in the order of [#state].
    ///
    /// @param factors as many as [#factors(long, double)] gives, of the parameter's type
    List<Expr> update(Expr parameter, Expr gradient, List<Expr> state, List<Expr> factors);

    @Override
    default List<Value> update(
            GraphBuilder g, Value parameter, Value gradient, List<Value> state, List<Value> factors) {
        List<Value> operands = new ArrayList<>(List.of(parameter, gradient));
        operands.addAll(state);
        operands.addAll(factors);
        List<Expr> args = arguments(operands, parameter.dtype());
        int afterState = 2 + state.size();
        List<Expr> exprs =
                update(args.get(0), args.get(1), args.subList(2, afterState), args.subList(afterState, args.size()));
        return g.apply(new ExprsOp(getClass().getSimpleName(), operands.size(), exprs), operands);
    }

    /// The elements of `operands` as arguments of an expression, all in one type.
    static List<Expr> arguments(List<Value> operands, DType type) {
        List<Expr> args = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            args.add(Expr.arg(i, operands.get(i).dtype()).castTo(type));
        }
        return args;
    }
}
