package dev.quern.onnx;

import dev.quern.graph.Value;
import dev.quern.op.Formula;
import java.util.function.Function;

/// Operators of ONNX Runtime whose images have their channels last.
final class ChannelOrder {
    private ChannelOrder() {}

    /// Axes of `[N,H,W,C]` as those of `[N,C,H,W]`.
    static Value first(Formula f, Value x) {
        int[] perm = new int[x.rank()];
        for (int i = 1; i < perm.length; i++) {
            perm[i] = i == 1 ? perm.length - 1 : i - 1;
        }
        return f.transpose(x, perm);
    }

    /// Axes of `[N,C,H,W]` as those of `[N,H,W,C]`.
    static Value last(Formula f, Value x) {
        int[] perm = new int[x.rank()];
        for (int i = 1; i < perm.length; i++) {
            perm[i] = i == perm.length - 1 ? 1 : i + 1;
        }
        return f.transpose(x, perm);
    }

    /// `op`, which knows channels in front only, on `[N,H,W,C]`.
    static Value moved(Formula f, Value x, Function<Value, Value> op) {
        return last(f, op.apply(first(f, x)));
    }
}
