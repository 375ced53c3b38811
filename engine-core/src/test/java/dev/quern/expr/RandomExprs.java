package dev.quern.expr;

import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Random well-typed expressions with shared parts, over one operand of each type, numbered as in [#TYPES].
final class RandomExprs {
    static final List<DType> TYPES =
            Arrays.stream(DType.values()).filter(t -> !t.isHostOnly()).toList();
    private static final double[] CONSTANTS = {
        0, -0.0, 1, -1, 2, 3, 0.5, 0.1, -4, 7, 1e30, Double.NaN, Double.POSITIVE_INFINITY
    };

    private final SplittableRandom random;
    private final List<Expr> made = new ArrayList<>();

    RandomExprs(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /// An expression of a random type, at most `depth` functions deep.
    Expr next(int depth) {
        made.clear();
        return of(pick(TYPES), depth);
    }

    private Expr of(DType type, int depth) {
        List<Expr> known = made.stream().filter(e -> e.dtype() == type).toList();
        if (!known.isEmpty() && random.nextInt(4) == 0) {
            return pick(known);
        }
        Expr expr = depth == 0 || random.nextInt(8) == 0 ? leaf(type) : inner(type, depth - 1);
        made.add(expr);
        return expr;
    }

    private Expr leaf(DType type) {
        return switch (random.nextInt(5)) {
            case 0, 1 -> Expr.constant(type, CONSTANTS[random.nextInt(CONSTANTS.length)]);
            case 2 -> type == DType.I64 ? Expr.index(random.nextInt(-1, 2)) : Expr.arg(TYPES.indexOf(type), type);
            default -> Expr.arg(TYPES.indexOf(type), type);
        };
    }

    private Expr inner(DType type, int depth) {
        return switch (random.nextInt(10)) {
            case 0 -> Expr.select(of(DType.BOOL, depth), of(type, depth), of(type, depth));
            case 1, 2 -> new Expr.Cast(type, of(pick(TYPES), depth));
            case 3 -> new Expr.BitCast(type, of(pick(sameWidth(type)), depth));
            case 4, 5, 6 -> unary(type, depth);
            default -> binary(type, depth);
        };
    }

    private Expr unary(DType type, int depth) {
        List<UnaryFn> fns = Arrays.stream(UnaryFn.values())
                .filter(fn -> type == DType.BOOL
                        ? fn.isPredicate() || fn.accepts(type)
                        : !fn.isPredicate() && fn.accepts(type))
                .toList();
        UnaryFn fn = pick(fns);
        DType operand =
                fn.isPredicate() ? pick(TYPES.stream().filter(DType::isFloat).toList()) : type;
        return of(operand, depth).apply(fn);
    }

    private Expr binary(DType type, int depth) {
        List<BinaryFn> fns = Arrays.stream(BinaryFn.values())
                .filter(fn -> type == DType.BOOL
                        ? fn.isComparison() || fn.accepts(type)
                        : !fn.isComparison() && fn.accepts(type))
                .toList();
        BinaryFn fn = pick(fns);
        DType operand = fn.isComparison() ? pick(TYPES) : type;
        return of(operand, depth).apply(fn, of(operand, depth));
    }

    private static List<DType> sameWidth(DType type) {
        return TYPES.stream().filter(t -> t.bits() == type.bits()).toList();
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
