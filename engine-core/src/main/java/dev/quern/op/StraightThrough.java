package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.graph.Adjoint;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.stream.Stream;

/// Operand 0, which numbers of a few bits have made of operand 1 with a scale and a zero point, operands 2 and 3. What
/// flows back goes to operand 1 as if it had not been rounded, and is 0 where it was out of range: the straight-through
/// estimator (Bengio, Léonard and Courville, 2013), as PyTorch's `fake_quantize` has it. Scales do not learn.
///
/// @param code the type of few bits
public record StraightThrough(DType code) implements ElementwiseOp {
    @Override
    public int arity() {
        return 4;
    }

    @Override
    public Expr define(List<Expr> args) {
        return args.getFirst();
    }

    @Override
    public void gradient(Adjoint a) {
        if (a.wants(1)) {
            GraphBuilder g = a.graph();
            Value passed = ExprOp.apply(
                    g,
                    "StraightThroughGrad",
                    this::passed,
                    a.cotangent(0).orElseThrow(),
                    a.input(1),
                    a.input(2),
                    a.input(3));
            a.give(1, g.apply(new Reductions.SumTo(), passed, a.input(1)));
        }
    }

    private Expr passed(List<Expr> args) {
        Expr dy = args.get(0);
        Expr quotient = args.get(1).castTo(DType.F32).dividedBy(args.get(2).castTo(DType.F32));
        Expr nearest = code.isFloat() ? quotient : quotient.apply(UnaryFn.ROUND);
        Expr place = nearest.plus(args.get(3).castTo(DType.F32));
        Expr low = place.lt(Arithmetic.lowest(code).getDouble(0));
        Expr high = place.gt(Arithmetic.highest(code).getDouble(0));
        return Expr.select(low.or(high), dy.like(0), dy);
    }

    static Stream<Example> examples() {
        return Stream.of(Example.of(
                new StraightThrough(DType.I8),
                Example.f32(2, 3).notDifferentiable(),
                Example.f32(2, 3).in(-20, 20).notDifferentiable(),
                Example.f32(3).in(0.1, 0.2).notDifferentiable(),
                Example.operand(DType.I8, 3)));
    }
}
