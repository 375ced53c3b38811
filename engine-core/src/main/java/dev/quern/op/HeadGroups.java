package dev.quern.op;

import dev.quern.graph.Value;
import dev.quern.tensor.Dim;
import java.util.Optional;

/// Heads of attention of which several query heads, in order, share one head of keys and values.
final class HeadGroups {
    private HeadGroups() {}

    /// The square root of the scale: queries and keys take one each, so that products do not overflow.
    static Value root(Formula f, Optional<Double> scale, Value q) {
        if (scale.isPresent()) {
            return f.g().scalar(q.dtype(), Math.sqrt(scale.get()));
        }
        if (q.shape().dim(3) instanceof Dim.Fixed d) {
            return f.g().scalar(q.dtype(), Math.pow(d.extent(), -0.25));
        }
        Value size = f.cast(f.dim(q, 3), q.dtype());
        return f.g().apply(Arithmetic.POW, size, f.g().scalar(q.dtype(), -0.25));
    }

    /// The queries of one group under each other, [B, Hk, Hq/Hk·S, …], so that a group is one product.
    static Value grouped(Formula f, Value queries, Value keys) {
        return sameHeads(queries, keys)
                ? queries
                : f.reshape(queries, f.shape(f.g().longs(0), f.dim(keys, 1), f.g().longs(-1, 0)));
    }

    static Value ungrouped(Formula f, Value rows, Value queries, Value keys) {
        return sameHeads(queries, keys)
                ? rows
                : f.reshape(rows, f.shape(f.g().longs(0), f.dim(queries, 1), f.dim(queries, 2), f.g().longs(-1)));
    }

    private static boolean sameHeads(Value queries, Value keys) {
        Dim h = queries.shape().dim(1);
        return h.isFixed() && h.equals(keys.shape().dim(1));
    }
}
