package dev.quern.compile;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import java.util.EnumSet;
import java.util.Set;

/// What an expression costs, as far as fusion asks.
final class ExprCost {
    private static final Set<UnaryFn> CHEAP =
            EnumSet.of(UnaryFn.NEG, UnaryFn.ABS, UnaryFn.NOT, UnaryFn.STOP_GRADIENT, UnaryFn.IS_NAN, UnaryFn.IS_INF);

    private ExprCost() {}

    /// The number of operations and leaves, shared parts counted as often as they occur.
    static int nodes(Expr e) {
        return switch (e) {
            case Expr.Arg ignored -> 1;
            case Expr.Const ignored -> 1;
            case Expr.Index ignored -> 1;
            case Expr.Unary u -> 1 + nodes(u.x());
            case Expr.Binary b -> 1 + nodes(b.a()) + nodes(b.b());
            case Expr.Select s -> 1 + nodes(s.condition()) + nodes(s.yes()) + nodes(s.no());
            case Expr.Cast c -> 1 + nodes(c.x());
            case Expr.BitCast c -> 1 + nodes(c.x());
        };
    }

    static boolean usesIndex(Expr e) {
        return switch (e) {
            case Expr.Index ignored -> true;
            case Expr.Arg ignored -> false;
            case Expr.Const ignored -> false;
            case Expr.Unary u -> usesIndex(u.x());
            case Expr.Binary b -> usesIndex(b.a()) || usesIndex(b.b());
            case Expr.Select s -> usesIndex(s.condition()) || usesIndex(s.yes()) || usesIndex(s.no());
            case Expr.Cast c -> usesIndex(c.x());
            case Expr.BitCast c -> usesIndex(c.x());
        };
    }

    /// Whether computing this again costs no more than reading it from memory.
    static boolean isCheap(Expr e) {
        return nodes(e) <= 8 && isSimple(e);
    }

    private static boolean isSimple(Expr e) {
        return switch (e) {
            case Expr.Arg ignored -> true;
            case Expr.Const ignored -> true;
            case Expr.Index ignored -> true;
            case Expr.Unary u -> CHEAP.contains(u.fn()) && isSimple(u.x());
            case Expr.Binary b ->
                b.fn() != BinaryFn.DIV
                        && b.fn() != BinaryFn.MOD
                        && b.fn() != BinaryFn.REM
                        && b.fn() != BinaryFn.POW
                        && b.fn() != BinaryFn.ATAN2
                        && isSimple(b.a())
                        && isSimple(b.b());
            case Expr.Select s -> isSimple(s.condition()) && isSimple(s.yes()) && isSimple(s.no());
            case Expr.Cast c -> isSimple(c.x());
            case Expr.BitCast c -> isSimple(c.x());
        };
    }
}
