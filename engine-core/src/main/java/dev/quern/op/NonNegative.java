package dev.quern.op;

import dev.quern.expr.Expr;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.stream.IntStream;

/// Which values have no element below zero, as what a Relu gives: each is at least 0, of either sign, or NaN. It is
/// told from the operator that computes them, behind any that only move elements.
final class NonNegative {
    private NonNegative() {}

    static boolean holds(Value x, GraphBuilder g) {
        Value v = x;
        Node n = v.producer().orElse(null);
        while (n != null && keeps(n)) {
            v = n.input(0);
            n = v.producer().orElse(null);
        }
        return n != null && n.op() instanceof ElementwiseOp op && v.dtype() == DType.F32 && holds(result(op, n, g));
    }

    /// Whether no result is below zero where no element of operand 0 is.
    private static boolean keeps(Node n) {
        return switch (n.op()) {
            case Shaping ignored -> true;
            case Arranging ignored -> true;
            case Pools.MaxPool pool -> !pool.withIndices() && pool.meetsElements();
            case AveragePool ignored -> true;
            default -> false;
        };
    }

    /// What an operator computes, with constants that are one number as such.
    private static Expr result(ElementwiseOp op, Node n, GraphBuilder g) {
        List<Expr> args = IntStream.range(0, n.inputs().size())
                .mapToObj(i -> {
                    DType type = n.input(i).dtype();
                    return g.valueOf(n.input(i))
                            .filter(t -> type == DType.F32 && t.length() == 1)
                            .map(t -> Expr.constant(type, t.getDouble(0)))
                            .orElseGet(() -> Expr.arg(i, type));
                })
                .toList();
        return op.define(args);
    }

    private static boolean holds(Expr x) {
        return switch (x) {
            case Expr.Const c -> c.dtype() == DType.F32 && c.asDouble() >= 0;
            case Expr.Unary(var fn, Expr y) ->
                switch (fn) {
                    case ABS, SQRT, EXP, SIGMOID, SOFTPLUS -> true;
                    case STOP_GRADIENT, ROUND, FLOOR, CEIL, TRUNC -> holds(y);
                    default -> false;
                };
            case Expr.Binary(var fn, Expr a, Expr b) ->
                switch (fn) {
                    case MAX -> holds(a) || holds(b);
                    case ADD, MUL, MIN -> holds(a) && holds(b);
                    case DIV -> holds(a) && b instanceof Expr.Const c && c.asDouble() > 0;
                    default -> false;
                };
            case Expr.Select(Expr condition, Expr yes, Expr no) ->
                (holds(yes) || isAbove(condition, yes)) && (holds(no) || isNotBelow(condition, no));
            case Expr.Arg ignored -> false;
            case Expr.Index ignored -> false;
            case Expr.Cast ignored -> false;
            case Expr.BitCast ignored -> false;
        };
    }

    /// Whether `x` is no less than something above zero where `condition` holds.
    private static boolean isAbove(Expr condition, Expr x) {
        return condition instanceof Expr.Binary(var fn, Expr a, Expr b)
                && switch (fn) {
                    case GT, GE -> a.equals(x) && holds(b);
                    case LT, LE -> b.equals(x) && holds(a);
                    default -> false;
                };
    }

    /// Whether `x`, if it is a number, is no less than something above zero where `condition` does not hold.
    private static boolean isNotBelow(Expr condition, Expr x) {
        return condition instanceof Expr.Binary(var fn, Expr a, Expr b)
                && switch (fn) {
                    case LT, LE -> a.equals(x) && holds(b);
                    case GT, GE -> b.equals(x) && holds(a);
                    default -> false;
                };
    }
}
