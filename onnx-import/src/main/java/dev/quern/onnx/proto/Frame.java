package dev.quern.onnx.proto;

import org.jspecify.annotations.Nullable;

/// One message that is being read: where it ends, what it is called, and what its record will keep as [Extras].
final class Frame {
    private static final int SHOWN = 6;

    final @Nullable Frame outer;
    final int depth;
    final long end;
    String leaf = "";
    int leafIndex = -1;
    long explicit;
    long repacked;

    @Nullable
    SliceJoiner unknown;

    Frame(@Nullable Frame outer, long end) {
        this.outer = outer;
        this.depth = outer == null ? 0 : outer.depth + 1;
        this.end = end;
    }

    void forget() {
        explicit = 0;
        repacked = 0;
        unknown = null;
    }

    /// `graph.node[2].name`; the middle of a very deep path is left out.
    String path() {
        StringBuilder path = new StringBuilder();
        int shown = 0;
        for (Frame at = this; at != null; at = at.outer) {
            if (at.leaf.isEmpty()) {
                continue;
            }
            boolean elided = shown >= SHOWN && at.depth >= 2;
            if (elided) {
                if (shown++ == SHOWN) {
                    path.insert(0, "….");
                }
                continue;
            }
            shown++;
            String index = at.leafIndex < 0 ? "" : "[" + at.leafIndex + "]";
            path.insert(0, at.leaf + index + (path.isEmpty() ? "" : "."));
        }
        return path.toString();
    }
}
