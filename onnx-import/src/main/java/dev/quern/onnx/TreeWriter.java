package dev.quern.onnx;

import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Value;
import dev.quern.op.Arithmetic;
import dev.quern.op.Casting;
import dev.quern.op.TreeEnsemble;
import dev.quern.op.TreeEnsemble.Aggregate;
import dev.quern.op.Trees;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Writes trees as ONNX-ML TreeEnsemble, opset 5, where operand, thresholds and weights have one type and a
/// leaf has one target: a tree whose leaves speak of several targets is written once for each of them.
final class TreeWriter {
    private final List<Trees.Node> nodes;
    private final boolean isDouble;
    private final List<long[]> leaves = new ArrayList<>();
    private final List<Double> splits = new ArrayList<>();
    private final List<Double> members = new ArrayList<>();
    private final List<Long> modes = new ArrayList<>();
    private final List<Long> features = new ArrayList<>();
    private final List<Long> missing = new ArrayList<>();
    private final Map<Integer, long[]> links = new HashMap<>();
    private final Trees trees;

    private TreeWriter(Trees trees, boolean isDouble) {
        this.trees = trees;
        this.nodes = trees.nodes();
        this.isDouble = isDouble;
    }

    /// The same with operand, thresholds and weights of one type, if they are not yet.
    static Optional<List<Value>> unified(TreeEnsemble op, GraphBuilder g, List<Value> in) {
        DType result = in.get(1).dtype();
        if (isUnified(op, in.get(0).dtype(), result)) {
            return Optional.empty();
        }
        DType type = type(op, in.get(0).dtype(), result);
        boolean averaged = op.aggregate() == Aggregate.AVERAGE && !haveOneTargetEach(op.trees());
        Tensor weights = in.get(1)
                .constant()
                .orElseThrow(() -> new UnspellableException("the weights of the leaves must be constant"));
        Value typed = type == result ? in.get(1) : g.constant(Tensor.of(weights.toDoubles(), weights.length()));
        Value x = in.get(0).dtype() == type ? in.get(0) : g.apply(new Casting.Cast(type), in.get(0));
        Value sums = g.apply(new TreeEnsemble(op.trees(), averaged ? Aggregate.SUM : op.aggregate()), x, typed);
        int count = Math.max(1, op.trees().roots().size());
        Value scaled = averaged ? g.apply(Arithmetic.DIV, sums, g.scalar(type, count)) : sums;
        return Optional.of(List.of(type == result ? scaled : g.apply(new Casting.Cast(result), scaled)));
    }

    private static boolean isUnified(TreeEnsemble op, DType x, DType weights) {
        DType type = type(op, x, weights);
        return x == type && weights == type && (op.aggregate() != Aggregate.AVERAGE || haveOneTargetEach(op.trees()));
    }

    /// The one type that holds operand, thresholds and weights.
    private static DType type(TreeEnsemble op, DType x, DType weights) {
        boolean exact = op.trees().nodes().stream()
                .allMatch(n -> !(n instanceof Trees.Decision d) || d.threshold() == (float) d.threshold());
        return exact && weights == DType.F32 && x == DType.F32 ? DType.F32 : DType.F64;
    }

    private static boolean haveOneTargetEach(Trees trees) {
        return trees.nodes().stream()
                .allMatch(n -> !(n instanceof Trees.Leaf l) || l.targets().size() == 1);
    }

    static void write(TreeEnsemble op, NodeExport n) {
        Tensor weights = n.requireConstant(1);
        if (!isUnified(op, n.in(0).dtype(), weights.dtype())) {
            throw n.unwritable("it has operand, thresholds and weights of one type");
        }
        new TreeWriter(op.trees(), weights.dtype() == DType.F64).write(op, n, weights);
    }

    private void write(TreeEnsemble op, NodeExport n, Tensor weights) {
        List<Long> roots = new ArrayList<>();
        for (int root : trees.roots()) {
            int most = below(root).stream()
                    .mapToInt(at ->
                            nodes.get(at) instanceof Trees.Leaf l ? l.targets().size() : 0)
                    .max()
                    .orElse(0);
            for (int copy = 0; copy < most; copy++) {
                roots.add((long) tree(root, copy, op.aggregate(), n));
            }
        }
        int count = splits.size();
        n.operands(n.in(0))
                .integer("n_targets", trees.targets())
                .integer("aggregate_function", aggregate(op.aggregate()))
                .integer("post_transform", 0)
                .integers("tree_roots", longs(roots))
                .tensor("nodes_modes", Tensor.wrap(DType.U8, bytes(modes), count))
                .tensor("nodes_splits", numbers(splits))
                .integers("nodes_featureids", longs(features))
                .integers("nodes_missing_value_tracks_true", longs(missing))
                .integers("nodes_truenodeids", link(0))
                .integers("nodes_trueleafs", link(1))
                .integers("nodes_falsenodeids", link(2))
                .integers("nodes_falseleafs", link(3))
                .integers("leaf_targetids", leaves.stream().mapToLong(l -> l[0]).toArray())
                .tensor(
                        "leaf_weights",
                        numbers(leaves.stream()
                                .map(l -> l[1] < 0 ? 0 : weights.getDouble((int) l[1]))
                                .toList()));
        if (!members.isEmpty()) {
            n.tensor("membership_values", numbers(members));
        }
    }

    private static long code(Trees.Mode mode) {
        return switch (mode) {
            case LEQ -> 0;
            case LT -> 1;
            case GTE -> 2;
            case GT -> 3;
            case EQ -> 4;
            case NEQ -> 5;
            case MEMBER -> 6;
        };
    }

    private static int aggregate(Aggregate how) {
        return switch (how) {
            case AVERAGE -> 0;
            case SUM -> 1;
            case MIN -> 2;
            case MAX -> 3;
        };
    }

    private List<Integer> below(int root) {
        List<Integer> found = new ArrayList<>(List.of(root));
        for (int i = 0; i < found.size(); i++) {
            if (nodes.get(found.get(i)) instanceof Trees.Decision d) {
                found.add((Integer) d.yes());
                found.add((Integer) d.no());
            }
        }
        return found;
    }

    /// Writes the decisions below `root`, with target number `copy` of each leaf.
    private int tree(int root, int copy, Aggregate how, NodeExport n) {
        int first = splits.size();
        List<Integer> below = below(root).stream()
                .filter(at -> nodes.get(at) instanceof Trees.Decision)
                .toList();
        if (below.isEmpty()) {
            long leaf = leaf((Trees.Leaf) nodes.get(root), copy, how, n);
            decision(new Trees.Decision(0, Trees.Mode.LEQ, 0, false, root, root));
            links.put(first, new long[] {leaf, 1, leaf, 1});
            return first;
        }
        Map<Integer, Integer> numbers = new HashMap<>();
        for (int at : below) {
            numbers.put(at, splits.size());
            decision((Trees.Decision) nodes.get(at));
        }
        for (int at : below) {
            Trees.Decision d = (Trees.Decision) nodes.get(at);
            long[] yes = next((Integer) d.yes(), numbers, copy, how, n);
            long[] no = next((Integer) d.no(), numbers, copy, how, n);
            links.put(numbers.getOrDefault(at, 0), new long[] {yes[0], yes[1], no[0], no[1]});
        }
        return first;
    }

    private void decision(Trees.Decision d) {
        modes.add(code(d.mode()));
        features.add((long) d.feature());
        missing.add(d.missingIsYes() ? 1L : 0L);
        boolean member = d.mode() == Trees.Mode.MEMBER;
        splits.add(member ? 0 : d.threshold());
        if (member) {
            members.addAll(trees.sets().get((int) d.threshold()));
            members.add(Double.NaN);
        }
    }

    private long[] next(int to, Map<Integer, Integer> numbers, int copy, Aggregate how, NodeExport n) {
        return nodes.get(to) instanceof Trees.Leaf l
                ? new long[] {leaf(l, copy, how, n), 1}
                : new long[] {numbers.getOrDefault(to, 0), 0};
    }

    /// A leaf that speaks of fewer targets repeats what does not change the result.
    private long leaf(Trees.Leaf leaf, int copy, Aggregate how, NodeExport n) {
        boolean sum = how == Aggregate.SUM || how == Aggregate.AVERAGE;
        if (copy < leaf.targets().size()) {
            leaves.add(new long[] {leaf.targets().get(copy), leaf.weights().get(copy)});
        } else if (sum) {
            leaves.add(new long[] {0, -1});
        } else if (!leaf.targets().isEmpty()) {
            leaves.add(new long[] {leaf.targets().getFirst(), leaf.weights().getFirst()});
        } else {
            throw n.unwritable("a leaf without a target has no form under " + how);
        }
        return leaves.size() - 1L;
    }

    private long[] link(int part) {
        return IntStream.range(0, splits.size())
                .mapToLong(i -> links.getOrDefault(i, new long[4])[part])
                .toArray();
    }

    private Tensor numbers(List<? extends Number> values) {
        double[] doubles = values.stream().mapToDouble(Number::doubleValue).toArray();
        Tensor exact = Tensor.of(doubles, doubles.length);
        return isDouble ? exact : Tensor.of(exact.toFloats(), doubles.length);
    }

    private static long[] longs(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    private static byte[] bytes(List<Long> values) {
        byte[] bytes = new byte[values.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = values.get(i).byteValue();
        }
        return bytes;
    }
}
