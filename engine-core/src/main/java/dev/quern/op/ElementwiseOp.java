package dev.quern.op;

import dev.quern.expr.Derivative;
import dev.quern.expr.Expr;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// An operator whose every output element is one expression of the operands' elements, with broadcasting. The
/// expression is the operator: types, meaning, gradient and kernel follow from it.
public interface ElementwiseOp extends MapOp {

    int arity();

    /// The output element in terms of the operands' elements, typed as they are.
    ///
    /// @throws dev.quern.tensor.ShapeException where the operator has no meaning for these types
    Expr define(List<Expr> args);

    /// The expression over arguments of these types.
    default Expr over(List<DType> types) {
        List<Expr> args = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            args.add(Expr.arg(i, types.get(i)));
        }
        return define(args);
    }

    /// Whether there is one operand and the derivative is the same at the result, f′(f(x)) = f′(x): its gradient looks
    /// at
    /// the result, so that the operand need not be kept.
    default boolean hasDerivativeAtResult() {
        return false;
    }

    @Override
    default List<DType> dtypes(Operands in) {
        in.requireSize(arity(), arity());
        List<DType> types = new ArrayList<>();
        for (int i = 0; i < arity(); i++) {
            types.add(in.dtype(i));
        }
        return List.of(over(types).dtype());
    }

    @Override
    default List<Shape> shapes(Operands in) {
        Shape s = in.shape(0);
        for (int i = 1; i < arity(); i++) {
            s = s.broadcast(in.shape(i));
        }
        return List.of(s);
    }

    @Override
    default Loop loop(List<View> in, DType dtype, int... dims) {
        List<View> views = in.stream().map(v -> v.expand(dims)).toList();
        return new Loop(views, over(in.stream().map(View::dtype).toList()));
    }

    /// Each wanted operand gets cotangent × ∂expr/∂operand, one fused expression, summed over broadcast axes.
    @Override
    default void gradient(Adjoint a) {
        Value dy = a.cotangent(0).orElseThrow();
        List<Value> operands = new ArrayList<>();
        List<DType> types = new ArrayList<>();
        for (int i = 0; i < arity(); i++) {
            operands.add(hasDerivativeAtResult() ? a.output(i) : a.input(i));
            types.add(a.input(i).dtype());
        }
        Expr e = over(types);
        Expr cotangent = Expr.arg(arity(), dy.dtype());
        operands.add(dy);
        for (int i = 0; i < arity(); i++) {
            if (a.wants(i) && types.get(i).isFloat()) {
                Expr d = Derivative.of(e, i);
                if (d instanceof Expr.Const c && c.asDouble() == 0) {
                    continue;
                }
                Expr chained = ExprOp.chain(d, cotangent, types.get(i));
                Value g = a.graph()
                        .apply(ExprOp.of(name() + "Grad", chained), ExprOp.used(chained, operands))
                        .getFirst();
                a.give(i, a.graph().apply(new Reductions.SumTo(), g, a.input(i)));
            }
        }
    }
}
