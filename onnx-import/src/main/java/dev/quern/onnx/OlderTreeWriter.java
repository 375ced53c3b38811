package dev.quern.onnx;

import dev.quern.op.TreeEnsemble;
import dev.quern.op.Trees;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Writes trees as ONNX-ML TreeEnsembleRegressor, opsets 1 and 3, whose results are f32. Since opset 3 its numbers may
/// be doubles.
final class OlderTreeWriter {
    private final TreeEnsemble op;
    private final NodeExport node;
    private final List<String> modes = new ArrayList<>();
    private final List<Double> thresholds = new ArrayList<>();
    private final List<Integer> features = new ArrayList<>();
    private final List<Integer> missing = new ArrayList<>();
    private final List<Integer> trees = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();
    private final List<Integer> yes = new ArrayList<>();
    private final List<Integer> no = new ArrayList<>();
    private final List<Integer> leafTrees = new ArrayList<>();
    private final List<Integer> leafNumbers = new ArrayList<>();
    private final List<Integer> targets = new ArrayList<>();
    private final List<Double> weights = new ArrayList<>();

    private OlderTreeWriter(TreeEnsemble op, NodeExport node) {
        this.op = op;
        this.node = node;
    }

    static void write(TreeEnsemble op, NodeExport n) {
        new OlderTreeWriter(op, n).write(n.requireConstant(1));
    }

    private void write(Tensor given) {
        List<Trees.Node> nodes = op.trees().nodes();
        for (int tree = 0; tree < op.trees().roots().size(); tree++) {
            int root = op.trees().roots().get(tree);
            walk(nodes, root, tree, given);
        }
        boolean exact = thresholds.stream().allMatch(t -> t.isNaN() || t == t.floatValue())
                && node.in(0).dtype() != DType.F64;
        node.operands(node.in(0))
                .integer("n_targets", op.trees().targets())
                .text("aggregate_function", op.aggregate().name())
                .texts("nodes_modes", modes)
                .integers("nodes_featureids", features)
                .integers("nodes_missing_value_tracks_true", missing)
                .integers("nodes_treeids", trees)
                .integers("nodes_nodeids", numbers)
                .integers("nodes_truenodeids", yes)
                .integers("nodes_falsenodeids", no)
                .integers("target_treeids", leafTrees)
                .integers("target_nodeids", leafNumbers)
                .integers("target_ids", targets);
        numbers("nodes_values", thresholds, exact);
        numbers("target_weights", weights, exact);
    }

    private void numbers(String name, List<Double> values, boolean exact) {
        double[] doubles = values.stream().mapToDouble(Double::doubleValue).toArray();
        Tensor tensor = Tensor.of(doubles, doubles.length);
        if (exact) {
            node.numbers(name, tensor.toFloats());
        } else {
            node.tensor(name + "_as_tensor", tensor);
        }
    }

    /// The nodes below `root`, numbered as they are found.
    private void walk(List<Trees.Node> nodes, int root, int tree, Tensor given) {
        List<Integer> found = new ArrayList<>(List.of(root));
        for (int i = 0; i < found.size(); i++) {
            trees.add(tree);
            numbers.add(i);
            switch (nodes.get(found.get(i))) {
                case Trees.Decision d -> {
                    modes.add(mode(d.mode()));
                    features.add(d.feature());
                    thresholds.add(d.threshold());
                    missing.add(d.missingIsYes() ? 1 : 0);
                    yes.add(found.size());
                    found.add((Integer) d.yes());
                    no.add(found.size());
                    found.add((Integer) d.no());
                }
                case Trees.Leaf leaf -> {
                    modes.add("LEAF");
                    features.add(0);
                    thresholds.add(0.0);
                    missing.add(0);
                    yes.add(0);
                    no.add(0);
                    leaf(leaf, tree, i, given);
                }
            }
        }
    }

    private void leaf(Trees.Leaf leaf, int tree, int number, Tensor given) {
        for (int t = 0; t < leaf.targets().size(); t++) {
            leafTrees.add(tree);
            leafNumbers.add(number);
            targets.add(leaf.targets().get(t));
            weights.add(given.getDouble(leaf.weights().get(t)));
        }
    }

    private String mode(Trees.Mode mode) {
        return switch (mode) {
            case LEQ -> "BRANCH_LEQ";
            case LT -> "BRANCH_LT";
            case GTE -> "BRANCH_GTE";
            case GT -> "BRANCH_GT";
            case EQ -> "BRANCH_EQ";
            case NEQ -> "BRANCH_NEQ";
            case MEMBER -> throw node.unwritable("its trees do not ask for members of a set");
        };
    }
}
