package dev.quern.cpu.trees;

import java.util.Arrays;

/// Decision trees as one array, a word to a node: its upper half is the cut, its lower half the column (in the lowest
/// bits) and how far from here the node's two children lie. A row goes on at the first child where its key in that
/// column
/// is at most the cut, else at the second, which lies behind the first. A leaf has its number for a cut, a column of
/// keys that are below every cut, and itself for its first child: so a walk may stay on it, and trees are walked to a
/// depth without a branch.
///
/// Eight walks are under way at a time, since each waits for memory and for itself.
final class Forest {
    /// Walks under way at a time.
    static final int LANES = 8;

    /// The column of leaves.
    static final int LEAF_COLUMN = 0;

    /// Depth of a tree of which that is not known.
    static final int UNKNOWN_DEPTH = Integer.MAX_VALUE;

    private static final int WORD_HALF = 32;

    /// Trees up to this deep are walked to their depth, deeper ones only this far before it is asked whether any walk
    /// still moves.
    private static final int SURE_DEPTH = 6;

    private final long[] nodes;
    private final int columnBits;
    private final int[] roots;
    private final int[] depths;
    private final int[] laneDepths;

    /// @param depths how many decisions the longest way through each tree has
    Forest(long[] nodes, int columnBits, int[] roots, int[] depths) {
        this.nodes = nodes;
        this.columnBits = columnBits;
        this.roots = Arrays.copyOf(roots, Math.ceilDiv(roots.length, LANES) * LANES);
        Arrays.fill(this.roots, roots.length, this.roots.length, roots.length == 0 ? 0 : roots[roots.length - 1]);
        this.depths = depths;
        this.laneDepths = new int[this.roots.length / LANES];
        for (int t = 0; t < depths.length; t++) {
            laneDepths[t / LANES] = Math.max(laneDepths[t / LANES], depths[t]);
        }
    }

    /// A node whose first child is `distance` behind it.
    static long word(int cut, int distance, int column, int columnBits) {
        return ((long) cut << WORD_HALF) | Integer.toUnsignedLong((distance << columnBits) | column);
    }

    /// Whether distances within trees of `nodes` nodes and `columns` columns share half a word.
    static boolean fits(long nodes, int columns) {
        return nodes >> (Integer.SIZE - 1 - bits(columns)) == 0;
    }

    /// How many bits the numbers of `columns` columns need.
    static int bits(int columns) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(columns);
    }

    int trees() {
        return depths.length;
    }

    /// The nodes that the trees begin with; the last one again and again up to a multiple of [#LANES].
    int[] roots() {
        return roots;
    }

    /// How many decisions the longest way has through tree `tree`.
    int depth(int tree) {
        return depths[tree];
    }

    /// The greatest depth of [#LANES] trees, from `tree` on, a multiple of as many.
    int depthOfLanes(int tree) {
        return laneDepths[tree / LANES];
    }

    boolean isLeaf(int node) {
        return column(node) == LEAF_COLUMN;
    }

    int column(int node) {
        return (int) nodes[node] & ((1 << columnBits) - 1);
    }

    /// The cut of a decision, the number of a leaf.
    int cut(int node) {
        return (int) (nodes[node] >> WORD_HALF);
    }

    int firstChild(int node) {
        return node + ((int) nodes[node] >> columnBits);
    }

    /// Walks [#LANES] times at once: walk i goes from node `from[at + i]` to a leaf, whose number becomes `to[put +
    /// i]`,
    /// with the key of column c at `keys[lane + i + c · LANES]`.
    ///
    /// @param depth the greatest depth of the trees
    void walk(int[] keys, int lane, int[] from, int at, int[] to, int put, int depth) {
        int bits = columnBits;
        int n0 = from[at];
        int n1 = from[at + 1];
        int n2 = from[at + 2];
        int n3 = from[at + 3];
        int n4 = from[at + 4];
        int n5 = from[at + 5];
        int n6 = from[at + 6];
        int n7 = from[at + 7];
        int sure = Math.min(depth, SURE_DEPTH);
        for (int d = 0; d < sure; d++) {
            n0 = next(nodes, n0, bits, keys, lane);
            n1 = next(nodes, n1, bits, keys, lane + 1);
            n2 = next(nodes, n2, bits, keys, lane + 2);
            n3 = next(nodes, n3, bits, keys, lane + 3);
            n4 = next(nodes, n4, bits, keys, lane + 4);
            n5 = next(nodes, n5, bits, keys, lane + 5);
            n6 = next(nodes, n6, bits, keys, lane + 6);
            n7 = next(nodes, n7, bits, keys, lane + 7);
        }
        for (int d = sure; d < depth; d++) {
            int m0 = next(nodes, n0, bits, keys, lane);
            int m1 = next(nodes, n1, bits, keys, lane + 1);
            int m2 = next(nodes, n2, bits, keys, lane + 2);
            int m3 = next(nodes, n3, bits, keys, lane + 3);
            int m4 = next(nodes, n4, bits, keys, lane + 4);
            int m5 = next(nodes, n5, bits, keys, lane + 5);
            int m6 = next(nodes, n6, bits, keys, lane + 6);
            int m7 = next(nodes, n7, bits, keys, lane + 7);
            int moved = (m0 ^ n0) | (m1 ^ n1) | (m2 ^ n2) | (m3 ^ n3) | (m4 ^ n4) | (m5 ^ n5) | (m6 ^ n6) | (m7 ^ n7);
            if (moved == 0) {
                break;
            }
            n0 = m0;
            n1 = m1;
            n2 = m2;
            n3 = m3;
            n4 = m4;
            n5 = m5;
            n6 = m6;
            n7 = m7;
        }
        to[put] = cut(n0);
        to[put + 1] = cut(n1);
        to[put + 2] = cut(n2);
        to[put + 3] = cut(n3);
        to[put + 4] = cut(n4);
        to[put + 5] = cut(n5);
        to[put + 6] = cut(n6);
        to[put + 7] = cut(n7);
    }

    private static int next(long[] nodes, int n, int bits, int[] keys, int lane) {
        long word = nodes[n];
        int column = (int) word & ((1 << bits) - 1);
        // a comparison that becomes a number, not a branch: either way is as likely
        return n + ((int) word >> bits) + (keys[lane + column * LANES] > (int) (word >> WORD_HALF) ? 1 : 0);
    }
}
