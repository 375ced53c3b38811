package dev.quern.onnx;

import static dev.quern.onnx.Words.sometimes;
import static dev.quern.onnx.Words.words;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Arranging;
import dev.quern.op.Casting;
import dev.quern.op.Elementwise;
import dev.quern.op.Logic;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Element-wise operators by others, for opsets that do not have them or not on these types. Exact, infinities and
/// NaN included.
final class OlderElementWords {
    private static final Map<Elementwise, Words.Saying<Elementwise>> PLAIN = Map.of(
            Logic.EQUAL, OlderElementWords::equal,
            Logic.IS_NAN, OlderElementWords::isNaN,
            Logic.LESS_OR_EQUAL, (op, g, in) -> orEqual(Logic.LESS, g, in),
            Logic.GREATER_OR_EQUAL, (op, g, in) -> orEqual(Logic.GREATER, g, in),
            Logic.WHERE, OlderElementWords::where,
            Arithmetic.ROUND, (op, g, in) -> Optional.of(List.of(round(g, in.getFirst()))),
            Arithmetic.BITWISE_NOT, OlderElementWords::complement,
            Arithmetic.MAX, OlderElementWords::ofOneShape,
            Arithmetic.MIN, OlderElementWords::ofOneShape);

    private OlderElementWords() {}

    static List<Words<?>> all() {
        return List.of(
                sometimes(Elementwise.class, OlderElementWords::plain),
                sometimes(Arithmetic.Mod.class, OlderElementWords::mod),
                words(Logic.IsInf.class, (op, g, in) -> isInf(op, g, in.getFirst())),
                words(
                        Casting.CastLike.class,
                        (op, g, in) -> g.apply(new Casting.Cast(in.get(1).dtype()), in.get(0))));
    }

    private static Optional<List<Value>> plain(Elementwise op, GraphBuilder g, List<Value> in) {
        Words.Saying<Elementwise> saying = PLAIN.get(op);
        return saying == null ? Optional.empty() : saying.say(op, g, in);
    }

    private static Value not(GraphBuilder g, Value v) {
        return g.apply(Logic.NOT, v);
    }

    private static Value number(GraphBuilder g, Value like, double value) {
        return g.scalar(like.dtype(), value);
    }

    /// A number is below 1 or above 0, NaN is neither.
    private static Value isNumber(GraphBuilder g, Value x) {
        return g.apply(Logic.OR, g.apply(Logic.LESS, x, number(g, x, 1)), g.apply(Logic.GREATER, x, number(g, x, 0)));
    }

    private static Optional<List<Value>> isNaN(Elementwise op, GraphBuilder g, List<Value> in) {
        return Optional.of(List.of(not(g, isNumber(g, in.getFirst()))));
    }

    private static Value isInf(Logic.IsInf op, GraphBuilder g, Value x) {
        double most = x.dtype() == DType.F64 ? Double.MAX_VALUE : Float.MAX_VALUE;
        Value wide = x.dtype().bits() < 32 ? g.apply(new Casting.Cast(DType.F32), x) : x;
        Value above = g.apply(Logic.GREATER, wide, number(g, wide, op.positive() ? most : Double.POSITIVE_INFINITY));
        Value below = g.apply(Logic.LESS, wide, number(g, wide, op.negative() ? -most : Double.NEGATIVE_INFINITY));
        return g.apply(Logic.OR, above, below);
    }

    /// Neither less nor greater, and both numbers.
    private static Optional<List<Value>> equal(Elementwise op, GraphBuilder g, List<Value> in) {
        if (!in.get(0).dtype().isFloat()) {
            return Optional.empty();
        }
        Value apart = g.apply(
                Logic.OR, g.apply(Logic.LESS, in.get(0), in.get(1)), g.apply(Logic.GREATER, in.get(0), in.get(1)));
        Value numbers = g.apply(Logic.AND, isNumber(g, in.get(0)), isNumber(g, in.get(1)));
        return Optional.of(List.of(g.apply(Logic.AND, not(g, apart), numbers)));
    }

    private static Optional<List<Value>> orEqual(Elementwise strictly, GraphBuilder g, List<Value> in) {
        Value a = in.get(0);
        Value b = in.get(1);
        return Optional.of(List.of(g.apply(Logic.OR, g.apply(strictly, a, b), g.apply(Logic.EQUAL, a, b))));
    }

    /// Of truth values and of integers, which stay what they are beside a product with 0.
    private static Optional<List<Value>> where(Elementwise op, GraphBuilder g, List<Value> in) {
        Value c = in.get(0);
        if (in.get(1).dtype() == DType.BOOL) {
            Value yes = g.apply(Logic.AND, c, in.get(1));
            return Optional.of(List.of(g.apply(Logic.OR, yes, g.apply(Logic.AND, not(g, c), in.get(2)))));
        }
        if (!in.get(1).dtype().isInteger()) {
            return Optional.empty();
        }
        Casting.Cast to = new Casting.Cast(in.get(1).dtype());
        Value yes = g.apply(Arithmetic.MUL, g.apply(to, c), in.get(1));
        Value no = g.apply(Arithmetic.MUL, g.apply(to, not(g, c)), in.get(2));
        return Optional.of(List.of(g.apply(Arithmetic.ADD, yes, no)));
    }

    /// The floor, and one more where the rest is above a half, or a half above an odd number.
    private static Value round(GraphBuilder g, Value x) {
        Value floor = g.apply(Arithmetic.FLOOR, x);
        Value rest = g.apply(Arithmetic.SUB, x, floor);
        Value half = g.apply(Arithmetic.MUL, floor, number(g, x, 0.5));
        Value odd = g.apply(Logic.LESS, g.apply(Arithmetic.FLOOR, half), half);
        Value isHalf = g.apply(Logic.EQUAL, rest, number(g, x, 0.5));
        Value up = g.apply(Logic.OR, g.apply(Logic.GREATER, rest, number(g, x, 0.5)), g.apply(Logic.AND, isHalf, odd));
        return g.apply(Arithmetic.ADD, floor, g.apply(new Casting.Cast(x.dtype()), up));
    }

    /// The remainder with the sign of the divisor: that of a division which cuts off, and the divisor once more
    /// where the signs differ.
    private static Optional<List<Value>> mod(Arithmetic.Mod op, GraphBuilder g, List<Value> in) {
        Value a = in.get(0);
        Value b = in.get(1);
        if (!a.dtype().isInteger()) {
            return Optional.empty();
        }
        Value rest = g.apply(Arithmetic.SUB, a, g.apply(Arithmetic.MUL, g.apply(Arithmetic.DIV, a, b), b));
        if (op.fmod() || a.dtype().isUnsigned()) {
            return Optional.of(List.of(rest));
        }
        Value zero = number(g, a, 0);
        Value signs = g.apply(Logic.XOR, g.apply(Logic.LESS, rest, zero), g.apply(Logic.LESS, b, zero));
        Value wrong = g.apply(Logic.AND, signs, not(g, g.apply(Logic.EQUAL, rest, zero)));
        Value more = g.apply(Arithmetic.MUL, g.apply(new Casting.Cast(a.dtype()), wrong), b);
        return Optional.of(List.of(g.apply(Arithmetic.ADD, rest, more)));
    }

    /// −1 − x, or as far below the greatest number.
    private static Optional<List<Value>> complement(Elementwise op, GraphBuilder g, List<Value> in) {
        Value x = in.getFirst();
        Value zero = number(g, x, 0);
        Value ones = g.apply(Arithmetic.SUB, zero, number(g, x, 1));
        return Optional.of(List.of(g.apply(Arithmetic.SUB, ones, x)));
    }

    /// Before opset 8 these did not broadcast.
    private static Optional<List<Value>> ofOneShape(Elementwise op, GraphBuilder g, List<Value> in) {
        Shape whole = in.get(0).shape().broadcast(in.get(1).shape());
        if (!whole.isConcrete()) {
            return Optional.empty();
        }
        Value extents = g.longs(whole.extents());
        return Optional.of(g.apply(
                op,
                in.stream()
                        .map(v -> v.shape().equals(whole) ? v : g.apply(new Arranging.Expand(), v, extents))
                        .toList()));
    }
}
