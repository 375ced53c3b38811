package dev.quern.onnx;

import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Attention;
import dev.quern.op.Attention.Given;
import dev.quern.op.Attention.Shown;
import dev.quern.op.Attention.Sight;
import dev.quern.op.Formula;
import dev.quern.op.Logic;
import dev.quern.op.Normalizations;
import dev.quern.op.RotaryEmbedding;
import dev.quern.op.TensorScatter;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// GroupQueryAttention of ONNX Runtime: causal attention over a cache into which each sequence of the batch
/// writes where its last token was.
final class GroupQueryImport {
    private final NodeImport n;
    private final Formula f;
    private final int heads;
    private final int keyHeads;

    private GroupQueryImport(NodeImport n) {
        this.n = n;
        this.f = new Formula(n.builder());
        this.heads = (int) n.integer("num_heads", 1);
        this.keyHeads = (int) n.integer("kv_num_heads", 1);
    }

    static List<Value> row(NodeImport n) {
        boolean plain = !n.has(11)
                && !n.has(12)
                && !n.flag("smooth_softmax", false)
                && !n.flag("qk_output", false)
                && !n.flag("sliding_window_cache", false);
        if (!plain) {
            throw new UnsupportedNodeException(
                    "sinks, smooth softmax, quantised or sliding caches and the output of scores are not supported");
        }
        return new GroupQueryImport(n).results();
    }

    private List<Value> results() {
        List<Value> parts = n.has(1) ? List.of(n.in(0), n.in(1), n.in(2)) : unpacked(n.in(0));
        Value q = f.heads(parts.get(0), heads);
        Value k = f.heads(parts.get(1), keyHeads);
        Value v = f.heads(parts.get(2), keyHeads);
        if (n.has(14)) {
            q = normalized(q, n.in(14));
            k = normalized(k, n.in(15));
        }
        // the first new token of each sequence comes after those before it; a prompt begins at 0, even if padded
        Value lengths = f.add(f.cast(f.reshape(n.in(5), -1), DType.I64), 1);
        Value first = n.apply(Arithmetic.MAX, f.sub(lengths, f.dim(q, 2)), n.longs(0));
        Value steps = MicrosoftAttentionRows.counted(f, f.dim(q, 2));
        if (n.flag("do_rotary", false)) {
            Value places = n.optional(9).orElseGet(() -> f.add(f.unsqueeze(first, 1), steps));
            q = rotated(q, places);
            k = rotated(k, places);
        }
        Value keys = cached(n.optional(3), k, first);
        Value values = cached(n.optional(4), v, first);
        Value bias = bias(f.add(f.unsqueeze(first, 1, 2, 3), f.unsqueeze(steps, 1)), keys, q.dtype());
        Attention op = new Attention(
                Optional.empty(),
                n.optionalNumber("scale").filter(s -> s != 0).map(Float::doubleValue),
                Sight.ALL,
                n.number("softcap", 0),
                Optional.empty(),
                Shown.SCORES,
                Set.of(Given.MASK));
        Value y = n.builder().apply(op, List.of(q, keys, values, bias)).getFirst();
        return List.of(f.packed(y), keys, values);
    }

    /// Queries, keys and values that lie one after another.
    private List<Value> unpacked(Value x) {
        if (!(x.shape().dim(2) instanceof Dim.Fixed all)) {
            throw new UnsupportedNodeException(
                    "packed queries, keys and values must have a fixed size, not " + x.type());
        }
        long head = all.extent() / (heads + 2L * keyHeads);
        long keys = heads * head;
        long values = keys + keyHeads * head;
        return List.of(f.slice(x, 2, 0, keys), f.slice(x, 2, keys, values), f.slice(x, 2, values, all.extent()));
    }

    private Value normalized(Value x, Value weight) {
        return n.apply(new Normalizations.RMSNormalization(-1, n.number("qk_norm_epsilon", 1e-6f)), x, weight);
    }

    private Value rotated(Value x, Value places) {
        int size = n.in(7).shape().dim(1) instanceof Dim.Fixed half ? (int) (2 * half.extent()) : 0;
        boolean whole = x.shape().dim(3).is(size);
        RotaryEmbedding op = new RotaryEmbedding(0, whole ? 0 : size, n.flag("rotary_interleaved", false));
        return n.apply(op, x, n.in(7), n.in(8), places);
    }

    /// The cache, as long as the longest sequence needs, with the new keys or values in their places.
    private Value cached(Optional<Value> past, Value x, Value first) {
        if (past.isEmpty()) {
            return x;
        }
        Value cache = past.get();
        Value total = f.cast(f.reshape(n.in(6), 1), DType.I64);
        Value missing = n.apply(Arithmetic.MAX, f.sub(total, f.dim(cache, 2)), n.longs(0));
        Value room = f.pad(cache, 2, n.longs(0), missing, 0);
        return n.apply(new TensorScatter(2, false), room, x, first);
    }

    /// What is added to the scores: −∞ for keys after the query's position or too far before it.
    private Value bias(Value places, Value keys, DType dtype) {
        Value at = MicrosoftAttentionRows.counted(f, f.dim(keys, 2));
        Value seen = n.apply(Logic.LESS_OR_EQUAL, at, places);
        long window = n.integer("local_window_size", -1);
        if (window > 0) {
            seen = n.apply(Logic.AND, seen, f.less(f.sub(places, n.longs(window)), at));
        }
        Value bias = n.optional(10).orElseGet(() -> n.scalar(dtype, 0));
        return f.where(seen, bias, Double.NEGATIVE_INFINITY);
    }
}
