package dev.quern.cpu.trees;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A small tree as bit masks over its leaves, in their order from first to second children: a decision whose second way
/// is taken rules out the leaves of its first, and the first leaf left is the row's (Lucchese et al., *QuickScorer*,
/// 2015).
/// Decisions are then independent of each other, and each is one loop over many rows, without branches or lookups.
///
/// @param words how many words of 32 leaves there are
/// @param word the word in which each operation rules out leaves; a decision may need one for each word
/// @param column the column that the operation looks at
/// @param kill the leaves that it rules out above the cut
/// @param leaf the number of each leaf, by its place
record LeafMasks(int words, int[] word, int[] column, int[] cut, int[] kill, int[] leaf) {
    /// Larger trees are walked faster.
    private static final int MOST_LEAVES = 64;

    /// One rule: leaves `from` to `to` are out where the key of a column is above a cut.
    private record Rule(int column, int cut, int from, int to) {}

    /// The tree that begins at `root`; nothing where it has too many leaves.
    static Optional<LeafMasks> of(Forest forest, int root) {
        List<Rule> rules = new ArrayList<>();
        List<Integer> leaves = new ArrayList<>();
        return collect(forest, root, rules, leaves) ? Optional.of(of(rules, leaves)) : Optional.empty();
    }

    private static boolean collect(Forest forest, int node, List<Rule> rules, List<Integer> leaves) {
        if (leaves.size() == MOST_LEAVES || rules.size() == MOST_LEAVES) {
            return false;
        }
        if (forest.isLeaf(node)) {
            return leaves.add(forest.cut(node));
        }
        int from = leaves.size();
        int at = rules.size();
        rules.add(new Rule(0, 0, 0, 0));
        int child = forest.firstChild(node);
        boolean fits = collect(forest, child, rules, leaves);
        rules.set(at, new Rule(forest.column(node), forest.cut(node), from, leaves.size()));
        return fits && collect(forest, child + 1, rules, leaves);
    }

    private static LeafMasks of(List<Rule> rules, List<Integer> leaves) {
        int words = Math.ceilDiv(leaves.size(), Integer.SIZE);
        List<int[]> operations = new ArrayList<>();
        for (Rule r : rules) {
            for (int w = 0; w < words; w++) {
                int kill = below(r.to() - w * Integer.SIZE) & ~below(r.from() - w * Integer.SIZE);
                if (kill != 0) {
                    operations.add(new int[] {w, r.column(), r.cut(), kill});
                }
            }
        }
        int[][] fields = new int[4][operations.size()];
        for (int i = 0; i < operations.size(); i++) {
            for (int f = 0; f < fields.length; f++) {
                fields[f][i] = operations.get(i)[f];
            }
        }
        return new LeafMasks(
                words,
                fields[0],
                fields[1],
                fields[2],
                fields[3],
                leaves.stream().mapToInt(l -> l).toArray());
    }

    /// The lowest `bits` bits; none below 0, all from 32 on.
    private static int below(int bits) {
        return bits <= 0 ? 0 : bits >= Integer.SIZE ? -1 : (1 << bits) - 1;
    }

    /// Finds the leaf of each row.
    ///
    /// @param keys of each column, the keys of the rows
    /// @param dead two arrays of at least `rows` integers, for what has been ruled out
    void find(int[][] keys, int[][] dead, int[] leaves, int rows) {
        for (int w = 0; w < words; w++) {
            Arrays.fill(dead[w], 0, rows, 0);
        }
        for (int i = 0; i < cut.length; i++) {
            ruleOut(dead[word[i]], keys[column[i]], cut[i], kill[i], rows);
        }
        if (words == 1) {
            for (int r = 0; r < rows; r++) {
                leaves[r] = leaf[Integer.numberOfTrailingZeros(~dead[0][r])];
            }
        } else {
            for (int r = 0; r < rows; r++) {
                long alive = ~(((long) dead[1][r] << Integer.SIZE) | Integer.toUnsignedLong(dead[0][r]));
                leaves[r] = leaf[Long.numberOfTrailingZeros(alive)];
            }
        }
    }

    /// Written so that the compiler makes it a loop of vectors: whole arrays from 0 on, and no comparison. How far a
    /// key
    /// is above the cut does not fit an integer, but whether it is 0 shows.
    private static void ruleOut(int[] dead, int[] keys, int cut, int kill, int rows) {
        for (int r = 0; r < rows; r++) {
            int above = Math.max(keys[r], cut) - cut;
            dead[r] |= ((above | -above) >> 31) & kill;
        }
    }
}
