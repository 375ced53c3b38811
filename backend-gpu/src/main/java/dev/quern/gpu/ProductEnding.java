package dev.quern.gpu;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.gpu.driver.MatrixProduct.Activation;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What is done to the sums of a product, as far as cuBLASLt does it: `activation(alpha · sum + operands…)`.
///
/// @param alpha what sums are multiplied by
/// @param added which operands are added, by their place among the epilogue's operands; at most two
record ProductEnding(double alpha, List<Integer> added, Activation activation) {
    private static final int MOST_ADDED = 2;
    /// Where the tanh is ±1.
    private static final double MOST = 10;

    /// The sums as they are.
    static final ProductEnding NONE = new ProductEnding(1, List.of(), Activation.NONE);

    /// What an epilogue is, or nothing where it is something else.
    static Optional<ProductEnding> of(Expr epilogue) {
        Expr whole = uncast(epilogue);
        Optional<Expr> relu = ofRelu(whole);
        Optional<Expr> gelu = ofGelu(whole);
        if (relu.isPresent()) {
            return sum(uncast(relu.get()), Activation.RELU);
        }
        return gelu.isPresent() ? sum(uncast(gelu.get()), Activation.GELU) : sum(whole, Activation.NONE);
    }

    /// `max(x, 0)`, or `x ≤ 0 ? 0 : x` as `dev.quern.op.Activations` writes it.
    private static Optional<Expr> ofRelu(Expr e) {
        return switch (e) {
            case Expr.Binary(BinaryFn fn, Expr x, Expr y) when fn == BinaryFn.MAX && isZero(y) -> Optional.of(x);
            case Expr.Binary(BinaryFn fn, Expr x, Expr y) when fn == BinaryFn.MAX && isZero(x) -> Optional.of(y);
            case Expr.Select(Expr.Binary(BinaryFn fn, Expr x, Expr bound), Expr yes, Expr no)
            when fn == BinaryFn.LE && isZero(bound) && isZero(yes) && x.equals(no) -> Optional.of(x);
            default -> Optional.empty();
        };
    }

    private static Optional<Expr> ofGelu(Expr e) {
        return e instanceof Expr.Binary(BinaryFn fn, Expr half, Expr ignored)
                        && fn == BinaryFn.MUL
                        && half instanceof Expr.Binary(BinaryFn times, Expr x, Expr alsoIgnored)
                        && times == BinaryFn.MUL
                        && e.equals(gelu(x))
                ? Optional.of(x)
                : Optional.empty();
    }

    private static boolean isZero(Expr e) {
        return e instanceof Expr.Const zero && zero.asDouble() == 0;
    }

    /// The Gelu by tanh, as `dev.quern.op.Activations` writes it.
    static Expr gelu(Expr x) {
        Expr below = Expr.select(x.gt(MOST), x.like(MOST), x);
        Expr bounded = Expr.select(x.lt(-MOST), x.like(-MOST), below);
        Expr cube = bounded.times(bounded).times(bounded);
        Expr inner =
                bounded.plus(cube.times(0.044715)).times(Math.sqrt(2 / Math.PI)).tanh();
        return x.times(0.5).times(inner.plus(1));
    }

    /// What is between roundings to narrower floats: the library rounds once, at last.
    private static Expr uncast(Expr e) {
        Expr rest = e;
        while (rest instanceof Expr.Cast(DType to, Expr x)
                && to.isFloat()
                && x.dtype().isFloat()
                && to != DType.F64
                && x.dtype() != DType.F64) {
            rest = x;
        }
        return rest instanceof Expr.Unary(UnaryFn fn, Expr x) && fn == UnaryFn.STOP_GRADIENT ? uncast(x) : rest;
    }

    private static Optional<ProductEnding> sum(Expr e, Activation activation) {
        double alpha = 0;
        List<Integer> added = new ArrayList<>();
        for (Expr term : terms(e, new ArrayList<>())) {
            if (term instanceof Expr.Arg(int index, DType ignored) && index > 0) {
                added.add(index - 1);
                continue;
            }
            double scale = scale(term);
            if (scale == 0 || alpha != 0) {
                return Optional.empty();
            }
            alpha = scale;
        }
        return alpha == 0
                        || added.size() > MOST_ADDED
                        || added.stream().distinct().count() < added.size()
                ? Optional.empty()
                : Optional.of(new ProductEnding(alpha, List.copyOf(added), activation));
    }

    private static List<Expr> terms(Expr e, List<Expr> terms) {
        Expr x = uncast(e);
        if (x instanceof Expr.Binary(BinaryFn fn, Expr a, Expr b) && fn == BinaryFn.ADD) {
            terms(a, terms);
            return terms(b, terms);
        }
        terms.add(x);
        return terms;
    }

    /// What the sum is multiplied by in this term; 0 where it is something else.
    private static double scale(Expr term) {
        if (term instanceof Expr.Arg(int index, DType ignored)) {
            return index == 0 ? 1 : 0;
        }
        if (!(term instanceof Expr.Binary(BinaryFn fn, Expr x, Expr y))) {
            return 0;
        }
        if (fn == BinaryFn.MUL && y instanceof Expr.Const by) {
            return scale(uncast(x)) * by.asDouble();
        }
        return fn == BinaryFn.MUL && x instanceof Expr.Const by ? scale(uncast(y)) * by.asDouble() : 0;
    }
}
