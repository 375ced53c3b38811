package dev.quern.op;

import dev.quern.tensor.ShapeException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/// Decision trees, flat: one array for each property of a node, the trees one after another, each depth
/// first.
///
/// A node whose feature is negative is a leaf; its `yes` is the leaf's number. Leaf l adds the entries
/// `leafStart[l] … leafStart[l + 1] − 1`: entry e gives weight number `weight[e]` to target `target[e]`.
public final class Trees {
    /// How a node compares its feature with its threshold.
    public enum Mode {
        LEQ,
        LT,
        GTE,
        GT,
        EQ,
        NEQ,
        /// The feature is in the set whose number the threshold is.
        MEMBER
    }

    /// A node of a tree as it is described: a decision, or a leaf.
    public sealed interface Node {}

    /// Goes on at `yes` where `x[feature] mode threshold` holds, or where that feature is NaN and
    /// `missingIsYes`; else at `no`.
    public record Decision(int feature, Mode mode, double threshold, boolean missingIsYes, Object yes, Object no)
            implements Node {}

    /// The weights that a leaf gives, by number, and the targets that get them.
    public record Leaf(List<Integer> targets, List<Integer> weights) implements Node {}

    private final int targets;
    private final int features;
    private final int weights;
    private final int[] roots;
    private int[] feature = new int[16];
    private double[] threshold = new double[16];
    private Mode[] mode = new Mode[16];
    private boolean[] missingIsYes = new boolean[16];
    private int[] yes = new int[16];
    private int[] no = new int[16];
    private int nodes;
    private final int[] leafStart;
    private final int[] target;
    private final int[] weight;
    private final boolean plain;
    private final List<Set<Double>> sets;

    /// Trees without sets.
    public Trees(int targets, Map<?, ? extends Node> nodes, List<?> roots) {
        this(targets, nodes, roots, List.of());
    }

    /// @param targets how many numbers the trees give
    /// @param nodes every node by a key of its own
    /// @param roots the keys of the roots
    /// @param sets what [Mode#MEMBER] asks for
    /// @throws ShapeException where a node is missing or is reached twice
    public Trees(int targets, Map<?, ? extends Node> nodes, List<?> roots, List<Set<Double>> sets) {
        this.targets = targets;
        this.sets = List.copyOf(sets);
        this.roots = new int[roots.size()];
        List<Leaf> leaves = new ArrayList<>();
        Map<Object, Integer> placed = new HashMap<>();
        for (int i = 0; i < this.roots.length; i++) {
            this.roots[i] = this.nodes;
            place(roots.get(i), nodes, placed, leaves);
        }
        leafStart = new int[leaves.size() + 1];
        for (int l = 0; l < leaves.size(); l++) {
            leafStart[l + 1] = leafStart[l] + leaves.get(l).targets().size();
        }
        target = leaves.stream()
                .flatMap(l -> l.targets().stream())
                .mapToInt(t -> t)
                .toArray();
        weight = leaves.stream()
                .flatMap(l -> l.weights().stream())
                .mapToInt(w -> w)
                .toArray();
        if (Arrays.stream(target).anyMatch(t -> t < 0 || t >= targets)) {
            throw new ShapeException("a leaf has a weight for a target that is not one of " + targets);
        }
        features = 1 + Arrays.stream(feature, 0, this.nodes).max().orElse(-1);
        weights = 1 + Arrays.stream(weight).max().orElse(-1);
        plain = isPlain();
    }

    private void place(Object root, Map<?, ? extends Node> all, Map<Object, Integer> placed, List<Leaf> leaves) {
        Deque<Object> open = new ArrayDeque<>(List.of(root));
        while (!open.isEmpty()) {
            Object key = open.pop();
            Node node = all.get(key);
            if (node == null) {
                throw new ShapeException("the trees have no node " + key);
            }
            if (placed.put(key, nodes) != null) {
                throw new ShapeException("node " + key + " of the trees has two parents");
            }
            int at = append();
            switch (node) {
                case Decision d -> {
                    if (d.mode() == Mode.MEMBER && !(d.threshold() >= 0 && d.threshold() < sets.size())) {
                        throw new ShapeException("node " + key + " asks for a set that is not there");
                    }
                    if (d.feature() < 0) {
                        throw new ShapeException("node " + key + " asks for feature " + d.feature());
                    }
                    feature[at] = d.feature();
                    mode[at] = d.mode();
                    threshold[at] = d.threshold();
                    missingIsYes[at] = d.missingIsYes();
                    open.push(d.no());
                    open.push(d.yes());
                }
                case Leaf leaf -> {
                    feature[at] = -1;
                    yes[at] = leaves.size();
                    leaves.add(leaf);
                }
            }
        }
        link(root, all, placed);
    }

    private int append() {
        if (nodes == feature.length) {
            int size = 2 * nodes;
            feature = Arrays.copyOf(feature, size);
            threshold = Arrays.copyOf(threshold, size);
            mode = Arrays.copyOf(mode, size);
            missingIsYes = Arrays.copyOf(missingIsYes, size);
            yes = Arrays.copyOf(yes, size);
            no = Arrays.copyOf(no, size);
        }
        return nodes++;
    }

    /// Fills in where decisions go on, once every node below `root` has its place.
    private void link(Object root, Map<?, ? extends Node> all, Map<Object, Integer> placed) {
        Deque<Object> open = new ArrayDeque<>(List.of(root));
        while (!open.isEmpty()) {
            Object key = open.pop();
            if (all.get(key) instanceof Decision d) {
                int at = placed.getOrDefault(key, 0);
                yes[at] = placed.getOrDefault(d.yes(), 0);
                no[at] = placed.getOrDefault(d.no(), 0);
                open.push(d.no());
                open.push(d.yes());
            }
        }
    }

    private boolean isPlain() {
        for (int i = 0; i < nodes; i++) {
            if (feature[i] >= 0 && (mode[i] != Mode.LEQ || missingIsYes[i])) {
                return false;
            }
        }
        return true;
    }

    /// The nodes that the trees begin with.
    public List<Integer> roots() {
        return Arrays.stream(roots).boxed().toList();
    }

    /// Every node, under its number.
    public List<Node> nodes() {
        List<Node> described = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            described.add(feature[i] < 0 ? new Leaf(entries(target, yes[i]), entries(weight, yes[i])) : decision(i));
        }
        return described;
    }

    private List<Integer> entries(int[] of, int leaf) {
        return Arrays.stream(of, leafStart[leaf], leafStart[leaf + 1]).boxed().toList();
    }

    /// The same trees, asked which entries of leaves a row comes to.
    ///
    /// @param trees give 1, weight number 0, to a target for each entry
    /// @param targets the target of each entry
    /// @param weights the number of the weight of each entry
    record Entries(Trees trees, long[] targets, long[] weights) {}

    Entries entries() {
        Map<Integer, Node> asking = new HashMap<>();
        List<Node> described = nodes();
        List<Integer> ofTargets = new ArrayList<>();
        List<Integer> ofWeights = new ArrayList<>();
        for (int i = 0; i < described.size(); i++) {
            if (described.get(i) instanceof Leaf(List<Integer> own, List<Integer> given)) {
                int first = ofTargets.size();
                asking.put(
                        i,
                        new Leaf(
                                IntStream.range(first, first + own.size())
                                        .boxed()
                                        .toList(),
                                Collections.nCopies(own.size(), 0)));
                ofTargets.addAll(own);
                ofWeights.addAll(given);
            } else {
                asking.put(i, described.get(i));
            }
        }
        return new Entries(
                new Trees(ofTargets.size(), asking, roots(), sets),
                ofTargets.stream().mapToLong(t -> t).toArray(),
                ofWeights.stream().mapToLong(w -> w).toArray());
    }

    /// What [Mode#MEMBER] asks for.
    public List<Set<Double>> sets() {
        return sets;
    }

    /// How many numbers the trees give.
    public int targets() {
        return targets;
    }

    /// How many features a row must have at least.
    public int features() {
        return features;
    }

    /// How many weights the leaves draw from at least.
    int weights() {
        return weights;
    }

    /// How many trees there are.
    public int count() {
        return roots.length;
    }

    /// How many nodes the largest tree has.
    public int largest() {
        int most = 0;
        for (int t = 0; t < roots.length; t++) {
            most = Math.max(most, (t + 1 < roots.length ? roots[t + 1] : nodes) - roots[t]);
        }
        return most;
    }

    /// The node that tree `tree` begins with.
    public int root(int tree) {
        return roots[tree];
    }

    /// The leaf that `node` is, or −1 where it is a decision.
    public int leafAt(int node) {
        return feature[node] < 0 ? yes[node] : -1;
    }

    /// What decision `node` asks; its `yes` and `no` are nodes' numbers.
    public Decision decision(int node) {
        return new Decision(feature[node], mode[node], threshold[node], missingIsYes[node], yes[node], no[node]);
    }

    /// How many leaves there are.
    public int leaves() {
        return leafStart.length - 1;
    }

    /// The leaf that tree `tree` leads the row at `x[row …]` to.
    int leaf(int tree, double[] x, int row) {
        int n = roots[tree];
        int f = feature[n];
        if (plain) {
            while (f >= 0) {
                n = x[row + f] <= threshold[n] ? yes[n] : no[n];
                f = feature[n];
            }
        } else {
            while (f >= 0) {
                double v = x[row + f];
                n = holds(n, v) || (missingIsYes[n] && Double.isNaN(v)) ? yes[n] : no[n];
                f = feature[n];
            }
        }
        return yes[n];
    }

    private boolean holds(int node, double x) {
        double t = threshold[node];
        return switch (mode[node]) {
            case LEQ -> x <= t;
            case LT -> x < t;
            case GTE -> x >= t;
            case GT -> x > t;
            case EQ -> x == t;
            case NEQ -> x != t;
            // + 0.0 makes −0 and 0 one value
            case MEMBER -> sets.get((int) t).contains(x + 0.0);
        };
    }

    /// The first entry of `leaf`; that of the leaf after the last one is how many there are.
    public int firstEntry(int leaf) {
        return leafStart[leaf];
    }

    /// The target that `entry` gives a weight to.
    public int target(int entry) {
        return target[entry];
    }

    /// The number of the weight that `entry` gives.
    public int weight(int entry) {
        return weight[entry];
    }

    @Override
    public String toString() {
        return roots.length + " trees of " + nodes + " nodes";
    }
}
