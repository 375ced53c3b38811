package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Adjoint;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The adjoint of [Reduce], in graph.
record ReduceGradient(Reduce op, Adjoint a) {

    Value ofOperand() {
        GraphBuilder g = a.graph();
        Value x = a.input(0);
        Value dy = unsqueezed(a.cotangent(0).orElseThrow());
        return switch (op.kind()) {
            case SUM -> g.apply(new Reductions.Spread(), dy, x);
            case MEAN -> g.apply(new Reductions.SpreadMean(), dy, x);
            case PROD -> ofProduct(dy);
            case MAX, MIN -> ofExtremum(dy);
            case L1 -> ExprOp.apply(g, name(), v -> v.get(0).apply(UnaryFn.SIGN).times(v.get(1)), x, dy);
            case SUM_SQUARE -> ExprOp.apply(g, name(), v -> v.get(0).times(2).times(v.get(1)), x, dy);
            case L2, LOG_SUM, LOG_SUM_EXP -> {
                Value y = unsqueezed(a.output(0));
                yield ExprOp.apply(g, name(), v -> slope(v.get(0), v.get(1)).times(v.get(2)), x, y, dy);
            }
        };
    }

    private String name() {
        return op.name() + "Grad";
    }

    /// ∂y/∂x where it follows from the element x and the result y; 0 where the norm is 0, as in PyTorch.
    private Expr slope(Expr x, Expr y) {
        return switch (op.kind()) {
            case L2 -> Expr.select(y.eq(y.like(0)), y.like(0), x.dividedBy(y));
            case LOG_SUM -> y.negate().exp();
            case LOG_SUM_EXP ->
                Expr.select(y.apply(UnaryFn.IS_INF), y.like(0), x.minus(y).exp());
            case SUM, MEAN, PROD, MAX, MIN, L1, SUM_SQUARE ->
                throw new IllegalStateException(op.kind() + " needs more than its result");
        };
    }

    private Value ofExtremum(Value dy) {
        GraphBuilder g = a.graph();
        Value x = a.input(0);
        Value y = unsqueezed(a.output(0));
        Value winner = ExprOp.apply(g, "Winner", v -> v.get(0).eq(v.get(1)).castTo(x.dtype()), x, y);
        Value winners = g.apply(new Reductions.SumTo(), winner, y);
        return ExprOp.apply(g, name(), v -> v.get(0).times(v.get(1).dividedBy(v.get(2))), winner, dy, winners);
    }

    /// Axis by axis, the product of all other elements is the product of those before times that of those
    /// after: no division, so that zeros are right.
    private Value ofProduct(Value dy) {
        GraphBuilder g = a.graph();
        List<Value> stages = new ArrayList<>();
        int[] axes = op.axes(a.input(0).rank(), listed());
        Value product = a.input(0);
        for (int axis : axes) {
            stages.add(product);
            product = g.apply(new Reduce(Reduce.Kind.PROD, true), product, g.longs(axis));
        }
        Value d = dy;
        for (int i = axes.length - 1; i >= 0; i--) {
            Value axis = g.scalar(DType.I64, axes[i]);
            Value before = g.apply(new Cumulation.CumProd(true, false), stages.get(i), axis);
            Value after = g.apply(new Cumulation.CumProd(true, true), stages.get(i), axis);
            d = ExprOp.apply(g, name(), v -> v.get(0).times(v.get(1)).times(v.get(2)), before, after, d);
        }
        return d;
    }

    private long[] listed() {
        return a.inputs() == 1
                ? new long[0]
                : a.graph()
                        .valueOf(a.input(1))
                        .orElseThrow(() -> new ShapeException("the axes must be known for a gradient"))
                        .toLongs();
    }

    /// `v`, of the result's shape, with the reduced axes as extents of 1.
    private Value unsqueezed(Value v) {
        if (op.keepDims() || a.inputs() == 1) {
            return v;
        }
        boolean none = a.graph().valueOf(a.input(1)).map(Tensor::length).orElse(1) == 0;
        return none ? v : a.graph().apply(new Shaping.Unsqueeze(), v, a.input(1));
    }
}
