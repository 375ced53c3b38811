package dev.quern.onnx;

import static dev.quern.onnx.Row.microsoft;

import dev.quern.graph.Value;
import dev.quern.op.Attention;
import dev.quern.op.Attention.Given;
import dev.quern.op.Attention.Shown;
import dev.quern.op.Attention.Sight;
import dev.quern.op.Formula;
import dev.quern.op.Generators;
import dev.quern.op.IntegerProducts;
import dev.quern.op.Joining;
import dev.quern.op.Logic;
import dev.quern.op.RotaryEmbedding;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Attention as ONNX Runtime's optimiser writes it, with projections, masks and states in its own forms. All become the
/// standard's attention between element-wise operators.
final class MicrosoftAttentionRows {
    private MicrosoftAttentionRows() {}

    static List<Row> rows() {
        return List.of(
                microsoft("Attention", MicrosoftAttentionRows::projecting),
                microsoft("QAttention", MicrosoftAttentionRows::quantized),
                microsoft("MultiHeadAttention", MicrosoftAttentionRows::multiHead),
                microsoft("GroupQueryAttention", GroupQueryImport::row),
                microsoft("RotaryEmbedding", MicrosoftAttentionRows::rotary));
    }

    static Formula formula(NodeImport n) {
        return new Formula(n.builder());
    }

    /// Queries, keys and values by heads, `[B,N,S,H]`, and what came before the keys and values.
    private record Heads(Value q, Value k, Value v, Optional<Value> pastKeys, Optional<Value> pastValues) {

        /// How many keys there are with those of the past, an `i64` vector of one.
        Value total(Formula f) {
            Value own = f.dim(k, 2);
            return pastKeys.map(p -> f.add(own, f.dim(p, 2))).orElse(own);
        }

        List<Value> attention(NodeImport n, Optional<Value> bias, boolean causal) {
            Set<Given> given = EnumSet.noneOf(Given.class);
            List<Value> in = new ArrayList<>(List.of(q, k, v));
            bias.ifPresent(b -> {
                given.add(Given.MASK);
                in.add(b);
            });
            pastKeys.ifPresent(p -> {
                given.add(Given.PAST);
                in.add(p);
                in.add(pastValues.orElseThrow());
            });
            Attention op = new Attention(
                    Optional.empty(),
                    n.optionalNumber("scale").filter(s -> s != 0).map(Float::doubleValue),
                    causal ? Sight.CAUSAL : Sight.ALL,
                    0,
                    Optional.empty(),
                    Shown.SCORES,
                    given);
            return n.builder().apply(op, in);
        }
    }

    /// Input times merged weights, then attention.
    private static List<Value> projecting(NodeImport n) {
        if (n.flag("do_rotary", false) || n.has(6)) {
            throw new UnsupportedNodeException("rotary embedding and shared buffers are not supported");
        }
        Formula f = formula(n);
        Value product = f.matMul(n.in(0), n.in(1));
        Value projected = n.optional(2).map(b -> f.add(product, b)).orElse(product);
        return fromProjection(n, projected, n.optional(3), n.optional(4), n.optional(5));
    }

    /// The same on integers.
    private static List<Value> quantized(NodeImport n) {
        Formula f = formula(n);
        Value left = n.in(6, Tensor.zeros(n.in(0).dtype()));
        Value right = n.in(7, Tensor.zeros(n.in(1).dtype()));
        Value sums = n.apply(new IntegerProducts.MatMulInteger(), n.in(0), n.in(1), scalar(f, left), right);
        Value scale = f.mul(n.in(3), n.in(4));
        Value projected = f.add(f.mul(f.cast(sums, scale.dtype()), scale), n.in(2));
        return fromProjection(n, projected, n.optional(5), n.optional(8), Optional.empty());
    }

    private static Value scalar(Formula f, Value v) {
        return v.rank() == 0 ? v : f.reshape(v);
    }

    private static List<Value> fromProjection(
            NodeImport n, Value projected, Optional<Value> mask, Optional<Value> past, Optional<Value> bias) {
        Formula f = formula(n);
        long heads = n.integer("num_heads", 1);
        long[] sizes = n.integers("qkv_hidden_sizes").orElse(new long[0]);
        Joining.Split split = new Joining.Split(2, 3);
        List<Value> parts =
                n.builder().apply(split, sizes.length == 0 ? List.of(projected) : List.of(projected, n.longs(sizes)));
        Heads h = new Heads(
                f.heads(parts.get(0), heads),
                f.heads(parts.get(1), heads),
                f.heads(parts.get(2), heads),
                past.map(p -> f.squeeze(f.slice(p, 0, 0, 1), 0)),
                past.map(p -> f.squeeze(f.slice(p, 0, 1, 2), 0)));
        List<Value> y = h.attention(n, sum(f, bias, mask.map(m -> masked(n, m, h))), n.flag("unidirectional", false));
        // keys and values of different sizes cannot be one tensor
        return n.wants(1)
                ? List.of(f.packed(y.get(0)), f.concat(0, f.unsqueeze(y.get(1), 0), f.unsqueeze(y.get(2), 0)))
                : List.of(f.packed(y.get(0)));
    }

    private static Optional<Value> sum(Formula f, Optional<Value> a, Optional<Value> b) {
        return a.isPresent() && b.isPresent() ? Optional.of(f.add(a.get(), b.get())) : a.or(() -> b);
    }

    /// What is added to the scores where a mask of any of the known forms hides a key.
    private static Value masked(NodeImport n, Value mask, Heads h) {
        Formula f = formula(n);
        Value seen = switch (mask.rank()) {
            case 1 -> f.unsqueeze(between(f, mask, h), 1, 2);
            case 2 -> f.unsqueeze(positive(n, mask), 1, 2);
            case 3 -> f.unsqueeze(positive(n, mask), 1);
            default -> throw new UnsupportedNodeException("a mask of " + mask.type() + " is not supported");
        };
        return f.where(seen, n.scalar(h.q.dtype(), 0), n.number("mask_filter_value", -10000));
    }

    private static Value positive(NodeImport n, Value mask) {
        return n.apply(Logic.GREATER, mask, n.constant(Tensor.zeros(mask.dtype())));
    }

    /// Keys before the ends that a vector lists, and, where it is twice as long as the batch, from the starts after
    /// them on.
    private static Value between(Formula f, Value mask, Heads h) {
        Dim batch = h.q.shape().dim(0);
        Value at = counted(f, h.total(f));
        Value bounds = f.unsqueeze(f.cast(mask, DType.I64), 1);
        if (mask.shape().dim(0).equals(batch) || !batch.isFixed()) {
            return f.less(at, bounds);
        }
        if (!mask.shape().dim(0).equals(batch.times(2))) {
            throw new UnsupportedNodeException("a mask of " + mask.type() + " for a batch of " + batch);
        }
        Value ended = f.less(at, f.slice(bounds, 0, 0, batch.extent()));
        Value begun = f.g().apply(Logic.GREATER_OR_EQUAL, at, f.slice(bounds, 0, batch.extent(), Long.MAX_VALUE));
        return f.g().apply(Logic.AND, ended, begun);
    }

    /// 0, 1, 2 … below an `i64` vector of one.
    static Value counted(Formula f, Value count) {
        return f.g().apply(
                        new Generators.Range(),
                        f.g().scalar(DType.I64, 0),
                        f.squeeze(count, 0),
                        f.g().scalar(DType.I64, 1));
    }

    private static List<Value> multiHead(NodeImport n) {
        if (n.has(8) || n.has(9) || n.wants(3)) {
            throw new UnsupportedNodeException("shared buffers and the product of queries and keys are not supported");
        }
        Formula f = formula(n);
        int heads = (int) n.integer("num_heads", 1);
        Heads h = new Heads(part(n, heads, 0), part(n, heads, 1), part(n, heads, 2), n.optional(6), n.optional(7));
        List<Value> y = h.attention(
                n, sum(f, n.optional(5), n.optional(4).map(m -> masked(n, m, h))), n.flag("unidirectional", false));
        return List.of(f.packed(y.get(0)), y.get(1), y.get(2));
    }

    /// Queries, keys or values (0 to 2) by heads: operands of their own, or packed as `[B,S,N,3,H]` or `[B,S,N,2,H]`.
    private static Value part(NodeImport n, int heads, int which) {
        Formula f = formula(n);
        if (!n.has(1)) {
            return f.transpose(biased(n, unpacked(f, n.in(0), which), which), 0, 2, 1, 3);
        }
        if (which > 0 && n.in(1).rank() == 5) {
            return f.transpose(unpacked(f, n.in(1), which - 1), 0, 2, 1, 3);
        }
        Value x = n.in(which);
        return x.rank() == 4 ? x : f.heads(biased(n, x, which), heads);
    }

    private static Value unpacked(Formula f, Value x, int which) {
        return f.squeeze(f.slice(x, 3, which, which + 1), 3);
    }

    /// With its third of the bias, where there is one.
    private static Value biased(NodeImport n, Value x, int which) {
        if (!n.has(3)) {
            return x;
        }
        Formula f = formula(n);
        Value bias = n.in(3);
        Value size = n.has(1) ? f.dim(n.in(0), 2) : f.div(f.dim(bias, 0), 3);
        Value from = f.mul(size, which);
        Value to = which == 2 ? n.longs(Long.MAX_VALUE) : f.mul(size, which + 1);
        Value own = n.apply(new dev.quern.op.Arranging.Slice(), bias, from, to);
        return f.add(x, x.rank() == 4 ? f.reshape(own, f.shape(f.dim(x, 2), n.longs(-1))) : own);
    }

    private static List<Value> rotary(NodeImport n) {
        if (n.number("scale", 1) != 1 || n.flag("is_packed_batching", false)) {
            throw new UnsupportedNodeException("scale must be 1, and batches not packed");
        }
        Formula f = formula(n);
        Value x = n.in(0);
        int sequence = x.rank() == 4 ? 2 : 1;
        Value places = n.in(1);
        if (places.rank() == 1) {
            Value each = f.add(counted(f, f.dim(x, sequence)), places);
            places = f.expand(f.unsqueeze(each, 0), f.shape(f.dim(x, 0), f.dim(x, sequence)));
        }
        int rotated = (int) n.integer("rotary_embedding_dim", 0);
        RotaryEmbedding op = new RotaryEmbedding(heads(n, x), rotated, n.flag("interleaved", false));
        return n.result(op, x, n.in(2), n.in(3), places);
    }

    /// The number of heads of a packed operand; where it is not said, cosines and sines are for whole heads.
    private static int heads(NodeImport n, Value x) {
        long said = n.integer("num_heads", 0);
        if (said > 0 || x.rank() == 4) {
            return (int) said;
        }
        if (x.shape().dim(2) instanceof Dim.Fixed size && n.in(2).shape().dim(1) instanceof Dim.Fixed half) {
            return (int) (size.extent() / (2 * half.extent()));
        }
        throw new UnsupportedNodeException("num_heads is needed for " + x.type());
    }
}
