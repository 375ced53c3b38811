package dev.quern.op;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Example;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Operands;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Scaled dot-product attention, softmax(Q·Kᵀ·scale + bias)·V, by heads; one head of keys and values may serve a group
/// of query heads. ONNX Attention, opset 25; Vaswani et al., 2017.
///
/// Operands: Q `[B,Hq,S,D]`, K `[B,Hk,T,D]`, V `[B,Hk,T,E]` (or, packed, `[B,S,Hq·D]` and so on), then those of
/// [Given] that are there. Results: Y, shaped as Q with E for D; the keys and the values with those of the past before
/// them; and scores or probabilities `[B,Hq,S,T]`, as `shown` says. A query that may see no key gives zeros.
///
/// @param heads query heads and key heads of packed operands
/// @param scale 1/√D where it is not given
/// @param softcap where above 0, scores s become softcap · tanh(s / softcap) before the bias
/// @param precision the type in which the softmax is computed, where it is not that of Q
public record Attention(
        Optional<Heads> heads,
        Optional<Double> scale,
        Sight sight,
        double softcap,
        Optional<DType> precision,
        Shown shown,
        Set<Given> given)
        implements CompositeOp {

    /// How many heads packed queries and packed keys hold.
    public record Heads(int queries, int keys) {}

    /// What a query sees beside what the mask says: no key after its own position where `causal`, and keys at most
    /// `left` before and `right` after it, where those are not −1.
    public record Sight(boolean causal, int left, int right) {
        public static final Sight ALL = new Sight(false, -1, -1);
        public static final Sight CAUSAL = new Sight(true, -1, -1);

        boolean isWindow() {
            return left >= 0 || right >= 0;
        }
    }

    /// What the last result is.
    public enum Shown {
        SCORES,
        CAPPED_SCORES,
        BIASED_SCORES,
        PROBABILITIES
    }

    /// Operands that may be left out, in their order.
    public enum Given {
        /// What is added to the scores, or whether a key is seen (`bool`); broadcasts to `[B,Hq,S,T]`, its last
        /// axis may be shorter.
        MASK,
        /// Keys `[B,Hk,P,D]` and values `[B,Hk,P,E]` that come before K and V.
        PAST,
        /// How many of the keys are there, `i64[B]`.
        LENGTHS
    }

    public Attention {
        given = Set.copyOf(given);
        if (given.contains(Given.PAST) && given.contains(Given.LENGTHS)) {
            throw new ShapeException("a past and the lengths of a cache exclude each other");
        }
    }

    @Override
    public List<DType> dtypes(Operands in) {
        return List.of(in.dtype(0), in.dtype(0), in.dtype(2), in.dtype(0));
    }

    private int position(Given wanted) {
        int at = 3;
        for (Given each : Given.values()) {
            if (each == wanted) {
                return at;
            }
            at += given.contains(each) ? each == Given.PAST ? 2 : 1 : 0;
        }
        throw new IllegalStateException();
    }

    @Override
    public List<Value> expand(GraphBuilder g, List<Value> in) {
        Formula f = new Formula(g);
        Value q = heads.map(h -> f.heads(in.get(0), h.queries)).orElse(in.get(0));
        Value newKeys = heads.map(h -> f.heads(in.get(1), h.keys)).orElse(in.get(1));
        Value newValues = heads.map(h -> f.heads(in.get(2), h.keys)).orElse(in.get(2));
        if (q.rank() != 4 || newKeys.rank() != 4 || newValues.rank() != 4) {
            throw new ShapeException("Q, K and V must have 4 axes, or 3 and numbers of heads, not "
                    + in.get(0).type() + ", " + in.get(1).type() + " and "
                    + in.get(2).type());
        }
        boolean past = given.contains(Given.PAST);
        Value keys = past ? f.concat(2, in.get(position(Given.PAST)), newKeys) : newKeys;
        Value values = past ? f.concat(2, in.get(position(Given.PAST) + 1), newValues) : newValues;
        Value root = HeadGroups.root(f, scale, q);
        Value product = f.matMul(HeadGroups.grouped(f, f.mul(q, root), keys), f.lastTwoSwapped(f.mul(keys, root)));
        Value scores = HeadGroups.ungrouped(f, product, q, keys);
        Value capped = softcap > 0 ? f.mul(g.apply(Activations.TANH, f.div(scores, softcap)), softcap) : scores;
        Optional<Value> bias = bias(f, in, q, keys);
        Value probabilities = probabilities(f, capped, bias);
        Value y = HeadGroups.ungrouped(f, f.matMul(HeadGroups.grouped(f, probabilities, keys), values), q, keys);
        Value last = switch (shown) {
            case SCORES -> scores;
            case CAPPED_SCORES -> capped;
            case BIASED_SCORES -> bias.map(b -> f.add(capped, b)).orElse(capped);
            case PROBABILITIES -> probabilities;
        };
        return List.of(heads.isPresent() ? f.packed(y) : y, keys, values, last);
    }

    /// What is added to the scores, where there is anything.
    private Optional<Value> bias(Formula f, List<Value> in, Value q, Value keys) {
        Optional<Value> mask = given.contains(Given.MASK)
                ? Optional.of(mask(f, in.get(position(Given.MASK)), q, keys))
                : Optional.empty();
        boolean lengths = given.contains(Given.LENGTHS);
        if (!sight.causal && !sight.isWindow() && !lengths) {
            return mask;
        }
        Value base = f.expand(mask.orElseGet(() -> f.g().scalar(q.dtype(), 0)), f.shape(f.dim(q, 2), f.dim(keys, 2)));
        if (lengths) {
            Value count = f.unsqueeze(in.get(position(Given.LENGTHS)), 1, 2, 3);
            return Optional.of(f.g().apply(new Seen(sight, true), base, f.sub(count, f.dim(q, 2)), count));
        }
        Value first = given.contains(Given.PAST) ? f.dim(in.get(position(Given.PAST)), 2) : f.g().longs(0);
        return Optional.of(f.g().apply(new Seen(sight, false), base, f.reshape(first, 1, 1, 1, 1)));
    }

    private static Value mask(Formula f, Value mask, Value q, Value keys) {
        double never = Double.NEGATIVE_INFINITY;
        Value added =
                mask.dtype() == DType.BOOL ? f.where(mask, f.g().scalar(q.dtype(), 0), never) : f.cast(mask, q.dtype());
        Dim length = mask.shape().dim(-1);
        if (!length.equals(Dim.UNKNOWN) && length.equals(keys.shape().dim(2))) {
            return added;
        }
        Value missing = f.sub(f.dim(keys, 2), f.dim(mask, mask.rank() - 1));
        return f.pad(added, -1, f.g().longs(0), missing, never);
    }

    /// The softmax of the biased scores; zeros where the bias excludes every key.
    private Value probabilities(Formula f, Value scores, Optional<Value> bias) {
        if (bias.isEmpty()) {
            return softmax(f, scores);
        }
        boolean everyQuerySees = !given.contains(Given.MASK) && !given.contains(Given.LENGTHS) && !sight.isWindow();
        if (everyQuerySees) {
            return softmax(f, f.add(scores, bias.get()));
        }
        Value best = f.reduce(Reduce.Kind.MAX, bias.get(), -1);
        Value blind = f.equal(best, Double.NEGATIVE_INFINITY);
        // a row of −∞ has no softmax: it is computed without bias, and then replaced
        Value shares = softmax(f, f.add(scores, f.where(blind, 0, bias.get())));
        return f.where(blind, 0, shares);
    }

    /// In the type that the standard names, 16-bit floats included: every step is rounded to it.
    private Value softmax(Formula f, Value scores) {
        Value x = f.cast(scores, precision.orElse(scores.dtype()));
        if (x.dtype().computeType() == x.dtype()) {
            return f.cast(f.g().apply(new Softmaxes.Softmax(-1), x), scores.dtype());
        }
        Value e = f.g().apply(Arithmetic.EXP, f.sub(x, f.reduce(Reduce.Kind.MAX, x, -1)));
        return f.cast(f.div(e, f.reduce(Reduce.Kind.SUM, e, -1)), scores.dtype());
    }

    private static Attention of(Sight sight, Shown shown, Given... given) {
        return new Attention(Optional.empty(), Optional.empty(), sight, 0, Optional.empty(), shown, Set.of(given));
    }

    static Stream<Example> examples() {
        Example.Operand k = Example.f32(2, 2, 5, 4);
        Example.Operand blindRow =
                Example.fixed(Tensor.of(new boolean[] {true, false, true, true, false, false, false, false}, 2, 4));
        return Stream.of(
                Example.of(of(Sight.ALL, Shown.SCORES), Example.f32(2, 2, 3, 4), k, Example.f32(2, 2, 5, 3)),
                Example.of(of(Sight.CAUSAL, Shown.PROBABILITIES), Example.f32(2, 4, 3, 4), k, k),
                Example.of(
                        of(Sight.ALL, Shown.PROBABILITIES, Given.MASK),
                        Example.f32(1, 1, 2, 3),
                        Example.f32(1, 1, 5, 3),
                        Example.f32(1, 1, 5, 2),
                        blindRow),
                Example.of(
                        of(Sight.CAUSAL, Shown.CAPPED_SCORES, Given.MASK, Given.PAST),
                        Example.f32(2, 2, 3, 4),
                        Example.f32(2, 2, 3, 4),
                        Example.f32(2, 2, 3, 2),
                        Example.f32(2, 1, 1, 5),
                        Example.f32(2, 2, 2, 4),
                        Example.f32(2, 2, 2, 2)),
                Example.of(
                        of(new Sight(true, 1, -1), Shown.SCORES, Given.LENGTHS),
                        Example.f32(2, 2, 3, 4),
                        k,
                        k,
                        Example.fixed(Tensor.of(new long[] {4, 2}, 2))),
                Example.of(
                        new Attention(
                                Optional.of(new Heads(4, 2)),
                                Optional.of(0.3),
                                new Sight(false, 2, 1),
                                1.5,
                                Optional.empty(),
                                Shown.CAPPED_SCORES,
                                Set.of()),
                        Example.f32(2, 3, 12),
                        Example.f32(2, 5, 6),
                        Example.f32(2, 5, 4)),
                Example.of(
                        new Attention(
                                Optional.empty(),
                                Optional.empty(),
                                Sight.ALL,
                                0,
                                Optional.of(DType.F32),
                                Shown.PROBABILITIES,
                                Set.of()),
                        Example.operand(DType.F16, 1, 1, 2, 4).notDifferentiable(),
                        Example.operand(DType.F16, 1, 1, 3, 4).notDifferentiable(),
                        Example.operand(DType.F16, 1, 1, 3, 4).notDifferentiable()));
    }
}
