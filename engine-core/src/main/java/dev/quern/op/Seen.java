package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.Example;
import dev.quern.op.Attention.Sight;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The bias of attention, operand 0, with −∞ where a query does not see a key: axis 2 of the result counts queries,
/// axis
/// 3 keys.
///
/// Operand 1 is the position of the first query among the keys, operand 2 (only where `bounded`) the number of keys,
/// both `i64` with 4 axes.
record Seen(Sight sight, boolean bounded) implements ElementwiseOp {
    @Override
    public int arity() {
        return bounded ? 3 : 2;
    }

    @Override
    public Expr define(List<Expr> args) {
        Expr bias = args.get(0);
        Expr query = Expr.index(2).plus(args.get(1));
        Expr key = Expr.index(3);
        List<Expr> conditions = new ArrayList<>();
        if (sight.causal()) {
            conditions.add(key.le(query));
        }
        if (sight.left() >= 0) {
            conditions.add(key.ge(query.minus(sight.left())));
        }
        if (sight.right() >= 0) {
            conditions.add(key.le(query.plus(sight.right())));
        }
        if (bounded) {
            conditions.add(key.lt(args.get(2)));
        }
        Expr seen = conditions.stream().reduce(Expr::and).orElseThrow();
        return Expr.select(seen, bias, bias.like(Double.NEGATIVE_INFINITY));
    }

    static Stream<Example> examples() {
        Example.Operand base = Example.operand(DType.F32, 3, 5).notDifferentiable();
        Example.Operand first = Example.fixed(Tensor.of(new long[] {1, -1}, 2, 1, 1, 1));
        Example.Operand count = Example.fixed(Tensor.of(new long[] {4, 2}, 2, 1, 1, 1));
        return Stream.of(
                Example.of(new Seen(Sight.CAUSAL, false), base, first),
                Example.of(new Seen(new Sight(false, 1, 1), true), base, first, count));
    }
}
