package dev.quern.expr;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/// Replaces the arguments of expressions, and lists them.
public final class Substitution {
    private Substitution() {}

    /// `expr` with each argument replaced by what `to` gives for it.
    public static Expr of(Expr expr, Function<Expr.Arg, Expr> to) {
        return switch (expr) {
            case Expr.Arg a -> to.apply(a);
            case Expr.Const c -> c;
            case Expr.Index i -> i;
            case Expr.Unary(UnaryFn fn, Expr x) -> new Expr.Unary(fn, of(x, to));
            case Expr.Binary(BinaryFn fn, Expr a, Expr b) -> new Expr.Binary(fn, of(a, to), of(b, to));
            case Expr.Select(Expr c, Expr yes, Expr no) -> new Expr.Select(of(c, to), of(yes, to), of(no, to));
            case Expr.Cast c -> new Expr.Cast(c.dtype(), of(c.x(), to));
            case Expr.BitCast c -> new Expr.BitCast(c.dtype(), of(c.x(), to));
        };
    }

    /// The arguments used, by ascending index, each once.
    public static List<Expr.Arg> argumentsOf(Expr expr) {
        Map<Integer, Expr.Arg> found = new TreeMap<>();
        collect(expr, found);
        return List.copyOf(found.values());
    }

    /// The indices of the arguments used, ascending.
    public static List<Integer> arguments(Expr expr) {
        Set<Integer> indices = new TreeSet<>();
        argumentsOf(expr).forEach(a -> indices.add(a.index()));
        return new ArrayList<>(indices);
    }

    private static void collect(Expr expr, Map<Integer, Expr.Arg> found) {
        switch (expr) {
            case Expr.Arg a -> found.putIfAbsent(a.index(), a);
            case Expr.Const ignored -> {}
            case Expr.Index ignored -> {}
            case Expr.Unary u -> collect(u.x(), found);
            case Expr.Binary b -> {
                collect(b.a(), found);
                collect(b.b(), found);
            }
            case Expr.Select s -> {
                collect(s.condition(), found);
                collect(s.yes(), found);
                collect(s.no(), found);
            }
            case Expr.Cast c -> collect(c.x(), found);
            case Expr.BitCast c -> collect(c.x(), found);
        }
    }
}
