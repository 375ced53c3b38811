package dev.quern.cpu.trees;

import dev.quern.cpu.plain.OrderKeys;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Lays trees out as a [Forest].
///
/// What a decision asks of its feature is said by *cuts*: keys ([OrderKeys]) that divide the line of numbers into
/// pieces,
/// each with one of the two ways to go, in turns. `x ≤ t` is one cut at t; `x = t` is two, just below t and at t.
public final class ForestBuilder {
    /// How the builder sees the trees.
    public interface Trees {
        int count();

        /// The node that tree `tree` begins with; nodes are numbers.
        int root(int tree);

        /// The leaf that `node` is, or −1 where it is a decision.
        int leaf(int node);

        Decision decision(int node);
    }

    /// Numbers up to the first cut go to `first`, those from there to the second cut to `second`, those between the
    /// second and the third to `first` again, and so on.
    ///
    /// @param cuts ascending; at least one, unless all numbers go to `first`
    /// @param missing where NaN goes, one of the two
    public record Decision(int feature, long[] cuts, int first, int second, int missing) {}

    private final Trees trees;
    private final boolean floats;
    private final Map<Column, Integer> columns = new HashMap<>();
    private final List<Column> order = new ArrayList<>();

    /// Where each node of the trees has been laid out already: a decision of many cuts is the parent of its children
    /// many
    /// times, and shares what is below them.
    private final Map<Integer, Integer> laid = new HashMap<>();

    private final Deque<Open> open = new ArrayDeque<>();

    // of each node that is laid out: its cut, or a leaf's number; its column; where its children are
    private long[] cuts = new long[1024];
    private int[] columnOf = new int[1024];
    private int[] childOf = new int[1024];
    private int end;
    private int depth;

    private record Open(int node, int at, int depth) {}

    /// @param floats whether features are `f32`; else they are taken as doubles
    private ForestBuilder(Trees trees, boolean floats) {
        this.trees = trees;
        this.floats = floats;
    }

    /// Whether trees of at most `nodes` nodes each, that look at no more than `features` features, can be laid out.
    ///
    /// @param members the numbers in all sets that decisions ask for: each costs two nodes
    public static boolean fits(long nodes, int features, long members) {
        return features < Integer.MAX_VALUE / 4 && Forest.fits(3 * nodes + 4 * members, 2 * features + 1);
    }

    /// What a [ForestStep] runs.
    static Laid build(Trees trees, boolean floats) {
        return new ForestBuilder(trees, floats).build();
    }

    /// Trees laid out, and how rows become keys for them.
    record Laid(Forest forest, RowKeys keys) {}

    private Laid build() {
        int[] roots = new int[trees.count()];
        int[] depths = new int[roots.length];
        for (int t = 0; t < roots.length; t++) {
            roots[t] = allocate(1);
            depth = 0;
            open.push(new Open(trees.root(t), roots[t], 0));
            while (!open.isEmpty()) {
                lay(open.pop());
            }
            depths[t] = depth;
        }
        long[][] sorted = floats ? new long[0][] : sortedCuts();
        int bits = Forest.bits(order.size());
        long[] words = new long[end];
        for (int n = 0; n < end; n++) {
            int column = columnOf[n];
            int cut = column == Forest.LEAF_COLUMN
                    ? (int) cuts[n]
                    : floats ? OrderKeys.floor(cuts[n]) : Arrays.binarySearch(sorted[column - 1], cuts[n]);
            words[n] = Forest.word(cut, childOf[n] - n, column, bits);
        }
        return new Laid(
                new Forest(words, bits, roots, depths),
                floats ? RowKeys.OfFloats.of(order) : RowKeys.OfRanks.of(order, sorted));
    }

    private int allocate(int count) {
        int at = end;
        end = Math.addExact(end, count);
        if (end > cuts.length) {
            cuts = Arrays.copyOf(cuts, 2 * cuts.length);
            columnOf = Arrays.copyOf(columnOf, cuts.length);
            childOf = Arrays.copyOf(childOf, cuts.length);
        }
        return at;
    }

    private void set(int at, long cut, int column, int child) {
        cuts[at] = cut;
        columnOf[at] = column;
        childOf[at] = child;
    }

    private void lay(Open next) {
        Integer before = laid.putIfAbsent(next.node(), next.at());
        if (before != null) {
            set(next.at(), cuts[before], columnOf[before], childOf[before]);
            depth = Forest.UNKNOWN_DEPTH;
            return;
        }
        depth = Math.max(depth, next.depth());
        int leaf = trees.leaf(next.node());
        if (leaf >= 0) {
            set(next.at(), leaf, Forest.LEAF_COLUMN, next.at());
            return;
        }
        Decision d = trees.decision(next.node());
        int pieces = d.cuts().length + 1;
        int last = pieces % 2 == 1 ? d.first() : d.second();
        boolean low = d.missing() == d.first();
        long[] all = d.cuts();
        if (!low && d.missing() != last) {
            all = Arrays.copyOf(all, pieces);
            all[pieces - 1] = OrderKeys.TOP;
        }
        divide(next, d, all, column(new Column(d.feature(), low)), 0, all.length);
    }

    /// Lays out a search for the piece of the line, one of `from` to `to`, inclusive, that a number lies in.
    private void divide(Open next, Decision d, long[] all, int column, int from, int to) {
        if (from == to) {
            open.push(new Open(from % 2 == 0 ? d.first() : d.second(), next.at(), next.depth()));
            return;
        }
        int middle = (from + to) >>> 1;
        int child = allocate(2);
        set(next.at(), all[middle], column, child);
        divide(new Open(next.node(), child, next.depth() + 1), d, all, column, from, middle);
        divide(new Open(next.node(), child + 1, next.depth() + 1), d, all, column, middle + 1, to);
    }

    /// The number of a column; those of decisions count from 1.
    private int column(Column column) {
        return columns.computeIfAbsent(column, c -> {
            order.add(c);
            return order.size();
        });
    }

    private long[][] sortedCuts() {
        long[][] sorted = new long[order.size()][];
        for (int c = 0; c < sorted.length; c++) {
            int column = c + 1;
            sorted[c] = IntStream.range(0, end)
                    .filter(n -> columnOf[n] == column)
                    .mapToLong(n -> cuts[n])
                    .sorted()
                    .distinct()
                    .toArray();
        }
        return sorted;
    }
}
