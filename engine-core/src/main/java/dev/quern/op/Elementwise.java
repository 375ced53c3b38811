package dev.quern.op;

import dev.quern.expr.Expr;
import java.util.List;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// An element-wise operator without attributes, made from a name and an expression. Equal by name and arity: two
/// operators of one name must mean the same.
///
/// {@snippet :
/// static final Elementwise SILU = Elementwise.of("Silu", x -> x.times(x.sigmoid()));
/// }
public final class Elementwise implements ElementwiseOp {
    private final String name;
    private final int arity;
    private final Function<List<Expr>, Expr> definition;
    private final Set<Integer> weights;
    private final boolean derivativeAtResult;

    private Elementwise(
            String name,
            int arity,
            Function<List<Expr>, Expr> definition,
            Set<Integer> weights,
            boolean derivativeAtResult) {
        this.name = name;
        this.arity = arity;
        this.definition = definition;
        this.weights = weights;
        this.derivativeAtResult = derivativeAtResult;
    }

    public static Elementwise of(String name, UnaryOperator<Expr> definition) {
        return of(name, 1, args -> definition.apply(args.get(0)));
    }

    public static Elementwise of(String name, BinaryOperator<Expr> definition) {
        return of(name, 2, args -> definition.apply(args.get(0), args.get(1)));
    }

    public static Elementwise of(String name, int arity, Function<List<Expr>, Expr> definition) {
        return new Elementwise(name, arity, definition, Set.of(), false);
    }

    /// The same operator, whose operands at `positions` are trained where they are initializers.
    public Elementwise withWeights(Integer... positions) {
        return new Elementwise(name, arity, definition, Set.of(positions), derivativeAtResult);
    }

    /// The same operator of one operand, which [has its derivative at the result][#hasDerivativeAtResult].
    Elementwise withDerivativeAtResult() {
        return new Elementwise(name, arity, definition, weights, true);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int arity() {
        return arity;
    }

    @Override
    public Expr define(List<Expr> args) {
        return definition.apply(args);
    }

    @Override
    public boolean hasDerivativeAtResult() {
        return derivativeAtResult;
    }

    @Override
    public Set<Integer> weightOperands() {
        return weights;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Elementwise e && name.equals(e.name) && arity == e.arity;
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
