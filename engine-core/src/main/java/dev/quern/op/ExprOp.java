package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.Simplifier;
import dev.quern.expr.StraightLine;
import dev.quern.expr.Substitution;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// An element-wise operator that is just its expression, over arguments 0 … arity−1: what gradients and
/// rewrites make.
public record ExprOp(String name, int arity, Expr expr) implements ElementwiseOp {

    /// An operator for `expr`, whose arguments are renumbered to those that it really uses.
    static ExprOp of(String name, Expr expr) {
        List<Integer> used = arguments(expr);
        return new ExprOp(name, used.size(), Substitution.renumber(expr, used::indexOf));
    }

    /// The operands that an operator made by [#of] takes, in order.
    static List<Value> used(Expr expr, List<Value> operands) {
        return arguments(expr).stream().map(operands::get).toList();
    }

    /// The indices of the arguments that `expr` reads, ascending.
    static List<Integer> arguments(Expr expr) {
        return StraightLine.of(expr).args().keySet().stream().sorted().toList();
    }

    /// Adds a node whose element is `definition` of the operands' elements.
    public static Value apply(GraphBuilder g, String name, Function<List<Expr>, Expr> definition, Value... operands) {
        List<Expr> args = new ArrayList<>();
        for (int i = 0; i < operands.length; i++) {
            args.add(Expr.arg(i, operands[i].dtype()));
        }
        return g.apply(new ExprOp(name, operands.length, definition.apply(args)), operands);
    }

    /// `derivative × cotangent` in the operand's type.
    static Expr chain(Expr derivative, Expr cotangent, DType operand) {
        Expr d = derivative.castTo(operand);
        return Simplifier.simplify(cotangent.castTo(operand).times(d));
    }

    @Override
    public Expr define(List<Expr> args) {
        return Substitution.of(expr, a -> args.get(a.index()));
    }

    static Stream<Example> examples() {
        Expr x = Expr.arg(0, DType.F64);
        Expr y = Expr.arg(1, DType.F64);
        return Stream.of(
                Example.of(
                        new ExprOp("MultiplyAdd", 2, x.times(y).plus(x)),
                        Example.operand(DType.F64, 3, 4),
                        Example.operand(DType.F64, 4)),
                Example.of(
                        new ExprOp("Ramp", 1, Expr.index(1).castTo(DType.F64).times(x)),
                        Example.operand(DType.F64, 2, 5)));
    }
}
