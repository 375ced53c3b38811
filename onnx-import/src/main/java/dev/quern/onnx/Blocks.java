package dev.quern.onnx;

import dev.quern.graph.Value;
import dev.quern.op.Arranging;
import dev.quern.op.Formula;

/// One number for several elements in a row, as block-wise quantisation has scales and zero points.
final class Blocks {
    private Blocks() {}

    /// Each number of `v` `block` times along `axis`, `count` (`i64` [1]) in all: the last block may be a part of
    /// one.
    static Value spread(Formula f, Value v, int axis, long block, Value count) {
        Value before = f.dims(v, 0, axis + 1);
        Value after = f.dims(v, axis + 1, v.rank());
        Value copies = f.expand(f.unsqueeze(v, axis + 1L), f.concat(0, before, f.g().longs(block), after));
        Value whole = f.reshape(copies, f.concat(0, f.dims(v, 0, axis), f.g().longs(-1), after));
        return f.g().apply(new Arranging.Slice(), whole, f.g().longs(0), count, f.g().longs(axis));
    }
}
