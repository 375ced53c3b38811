package dev.quern.onnx;

import dev.quern.onnx.TreeRows.Ensemble;
import dev.quern.op.Trees;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Reads the trees of ONNX-ML opsets 1 and 3: parallel lists of nodes, named by tree and number.
final class TreeReader {
    private TreeReader() {}

    /// The name of a node.
    private record Key(long tree, long node) {
        @Override
        public String toString() {
            return node + " of tree " + tree;
        }
    }

    /// @param targets 1 puts all weights on one target
    static Trees read(Ensemble e, int targets) {
        long[] trees = e.ints("nodes_treeids");
        int count = trees.length;
        long[] ids = sized(e, "nodes_nodeids", count);
        long[] features = sized(e, "nodes_featureids", count);
        long[] yes = sized(e, "nodes_truenodeids", count);
        long[] no = sized(e, "nodes_falsenodeids", count);
        List<String> modes = e.n().texts("nodes_modes").orElse(List.of());
        Tensor thresholds = Ensemble.floats(e.n(), "nodes_values")
                .orElseThrow(() -> new UnsupportedNodeException("attribute nodes_values is required"));
        long[] missing = e.n().integers("nodes_missing_value_tracks_true").orElse(new long[0]);
        if (modes.size() != count || thresholds.length() != count) {
            throw new UnsupportedNodeException("nodes_modes and nodes_values must have " + count + " elements each");
        }
        Map<Key, Trees.Leaf> leaves = leaves(e, targets);
        Map<Key, Trees.Node> nodes = new LinkedHashMap<>();
        Set<Key> children = new HashSet<>();
        for (int i = 0; i < count; i++) {
            Key key = new Key(trees[i], ids[i]);
            Trees.Node node;
            if (modes.get(i).equals("LEAF")) {
                node = leaves.getOrDefault(key, new Trees.Leaf(List.of(), List.of()));
            } else {
                Key left = new Key(trees[i], yes[i]);
                Key right = new Key(trees[i], no[i]);
                children.add(left);
                children.add(right);
                boolean missingIsYes = i < missing.length && missing[i] != 0;
                int feature = Math.toIntExact(features[i]);
                node = new Trees.Decision(
                        feature, mode(modes.get(i)), thresholds.getDouble(i), missingIsYes, left, right);
            }
            if (nodes.put(key, node) != null) {
                throw new UnsupportedNodeException("node " + key + " is listed twice");
            }
        }
        Set<Long> rooted = new HashSet<>();
        Predicate<Key> isRoot = k -> !children.contains(k) && rooted.add(k.tree());
        return new Trees(targets, nodes, nodes.keySet().stream().filter(isRoot).toList());
    }

    private static long[] sized(Ensemble e, String name, int count) {
        long[] values = e.ints(name);
        if (values.length != count) {
            throw new UnsupportedNodeException(name + " must have " + count + " elements, not " + values.length);
        }
        return values;
    }

    static Trees.Mode mode(String text) {
        return Arrays.stream(Trees.Mode.values())
                .filter(m -> text.equals("BRANCH_" + m))
                .findFirst()
                .orElseThrow(() -> new UnsupportedNodeException("unknown mode of a node: " + text));
    }

    private static Map<Key, Trees.Leaf> leaves(Ensemble e, int targets) {
        long[] ids = e.ids();
        long[] trees = sized(e, e.prefix() + "_treeids", ids.length);
        long[] nodes = sized(e, e.prefix() + "_nodeids", ids.length);
        if (e.weights().length() != ids.length) {
            throw new UnsupportedNodeException(e.prefix() + "_weights must have " + ids.length + " elements, not "
                    + e.weights().length());
        }
        Map<Key, List<Integer>> entries = new HashMap<>();
        for (int i = 0; i < ids.length; i++) {
            entries.computeIfAbsent(new Key(trees[i], nodes[i]), k -> new ArrayList<>())
                    .add(i);
        }
        Map<Key, Trees.Leaf> leaves = new HashMap<>();
        entries.forEach((key, list) -> leaves.put(
                key,
                new Trees.Leaf(
                        list.stream()
                                .map(i -> targets == 1 ? 0 : Math.toIntExact(ids[i]))
                                .toList(),
                        list)));
        return leaves;
    }
}
