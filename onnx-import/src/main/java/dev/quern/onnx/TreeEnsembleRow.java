package dev.quern.onnx;

import dev.quern.graph.Value;
import dev.quern.op.Casting;
import dev.quern.op.TreeEnsemble;
import dev.quern.op.TreeEnsemble.Aggregate;
import dev.quern.op.Trees;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/// ONNX-ML TreeEnsemble, opset 5: nodes and leaves are numbered across all trees, and the result has the operand's
/// type.
final class TreeEnsembleRow {
    private static final List<Aggregate> AGGREGATES =
            List.of(Aggregate.AVERAGE, Aggregate.SUM, Aggregate.MIN, Aggregate.MAX);
    private static final List<PostTransform> TRANSFORMS = List.of(
            PostTransform.NONE,
            PostTransform.SOFTMAX,
            PostTransform.LOGISTIC,
            PostTransform.SOFTMAX_ZERO,
            PostTransform.PROBIT);

    private final NodeImport n;
    private final Map<Object, Trees.Node> nodes = new HashMap<>();
    private final List<Set<Double>> sets = new ArrayList<>();

    private TreeEnsembleRow(NodeImport n) {
        this.n = n;
    }

    /// Where a decision leads that ends in a leaf: several decisions may name the same leaf.
    private record LeafAt(int node, boolean yes) {}

    static List<Value> ensemble(NodeImport n) {
        return new TreeEnsembleRow(n).read();
    }

    private List<Value> read() {
        int targets = (int) n.integer("n_targets", 1);
        readSets();
        readNodes();
        List<Integer> roots =
                LongStream.of(required("tree_roots")).mapToObj(Math::toIntExact).toList();
        Tensor weights = tensor("leaf_weights");
        if (weights.length() != required("leaf_targetids").length) {
            throw new UnsupportedNodeException("leaf_weights and leaf_targetids must have as many elements");
        }
        TreeEnsemble op =
                new TreeEnsemble(new Trees(targets, nodes, roots, sets), choice(AGGREGATES, "aggregate_function", 1));
        Value x = n.in(0);
        Value scores = n.apply(op, x, n.parameter("leaf_weights", weights));
        Value typed = scores.dtype() == x.dtype() ? scores : n.apply(new Casting.Cast(x.dtype()), scores);
        return List.of(choice(TRANSFORMS, "post_transform", 0).apply(n, typed));
    }

    private <T> T choice(List<T> all, String name, int otherwise) {
        long at = n.integer(name, otherwise);
        if (at < 0 || at >= all.size()) {
            throw new UnsupportedNodeException("attribute " + name + " must be below " + all.size() + ", not " + at);
        }
        return all.get((int) at);
    }

    private long[] required(String name) {
        return n.integers(name).orElseThrow(() -> new UnsupportedNodeException("attribute " + name + " is required"));
    }

    private Tensor tensor(String name) {
        return n.tensor(name).orElseThrow(() -> new UnsupportedNodeException("attribute " + name + " is required"));
    }

    /// Sets stand one after another, a NaN after each, in the order of the nodes that ask for them.
    private void readSets() {
        double[] values = n.tensor("membership_values").map(Tensor::toDoubles).orElse(new double[0]);
        Set<Double> set = new HashSet<>();
        for (double v : values) {
            if (Double.isNaN(v)) {
                sets.add(set);
                set = new HashSet<>();
            } else {
                set.add(v + 0.0);
            }
        }
        if (!set.isEmpty()) {
            sets.add(set);
        }
    }

    private void readNodes() {
        long[] features = required("nodes_featureids");
        long[] yes = required("nodes_truenodeids");
        long[] no = required("nodes_falsenodeids");
        long[] yesIsLeaf = required("nodes_trueleafs");
        long[] noIsLeaf = required("nodes_falseleafs");
        long[] missing = n.integers("nodes_missing_value_tracks_true", new long[features.length]);
        long[] targets = required("leaf_targetids");
        Tensor modes = tensor("nodes_modes");
        Tensor splits = tensor("nodes_splits");
        int count = features.length;
        boolean fit = LongStream.of(
                        yes.length,
                        no.length,
                        yesIsLeaf.length,
                        noIsLeaf.length,
                        missing.length,
                        modes.length(),
                        splits.length())
                .allMatch(length -> length == count);
        if (!fit) {
            throw new UnsupportedNodeException("the lists of nodes must have " + count + " elements each");
        }
        int set = 0;
        for (int i = 0; i < count; i++) {
            int at = (int) modes.getLong(i);
            if (at < 0 || at >= Trees.Mode.values().length) {
                throw new UnsupportedNodeException("unknown mode of a node: " + at);
            }
            Trees.Mode mode = List.of(Trees.Mode.values()).get(at);
            double threshold = mode == Trees.Mode.MEMBER ? set++ : splits.getDouble(i);
            Object left = next(i, true, yesIsLeaf[i] != 0, yes[i], targets);
            Object right = next(i, false, noIsLeaf[i] != 0, no[i], targets);
            nodes.put(
                    i, new Trees.Decision(Math.toIntExact(features[i]), mode, threshold, missing[i] != 0, left, right));
        }
    }

    /// The key of the node or leaf where node `from` goes on.
    private Object next(int from, boolean yes, boolean isLeaf, long to, long... targets) {
        int at = Math.toIntExact(to);
        if (!isLeaf) {
            return at;
        }
        if (at < 0 || at >= targets.length) {
            throw new UnsupportedNodeException("there is no leaf " + at);
        }
        LeafAt key = new LeafAt(from, yes);
        nodes.put(key, new Trees.Leaf(List.of(Math.toIntExact(targets[at])), List.of(at)));
        return key;
    }
}
