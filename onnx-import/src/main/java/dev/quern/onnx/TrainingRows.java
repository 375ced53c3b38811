package dev.quern.onnx;

import dev.quern.gradient.Gradient;
import dev.quern.gradient.NotDifferentiableException;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.OptimizerSteps;
import dev.quern.op.Reductions;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The preview of training in ONNX: steps of optimizers, and gradients of values of the graph.
final class TrainingRows {
    private static final String DOMAIN = "ai.onnx.preview.training";

    private TrainingRows() {}

    static List<Row> rows() {
        return List.of(
                new Row(
                        DOMAIN,
                        "Adagrad",
                        1,
                        n -> steps(
                                n,
                                new OptimizerSteps.Adagrad(
                                        n.number("norm_coefficient", 0),
                                        n.number("decay_factor", 0),
                                        n.number("epsilon", 1e-6f)))),
                new Row(
                        DOMAIN,
                        "Adam",
                        1,
                        n -> steps(
                                n,
                                new OptimizerSteps.Adam(
                                        n.number("norm_coefficient", 0),
                                        n.number("norm_coefficient_post", 0),
                                        n.number("alpha", 0.9f),
                                        n.number("beta", 0.999f),
                                        n.number("epsilon", 1e-6f)))),
                new Row(
                        DOMAIN,
                        "Momentum",
                        1,
                        n -> steps(
                                n,
                                new OptimizerSteps.Momentum(
                                        n.number("norm_coefficient", 0),
                                        n.number("alpha", 0),
                                        n.number("beta", 1),
                                        n.text("mode", "standard").equals("nesterov")))),
                new Row(DOMAIN, "Gradient", 1, TrainingRows::gradient));
    }

    /// One step for each of several tensors: operands and results list first all tensors, then all of each kind of
    /// state.
    private static List<Value> steps(NodeImport n, OptimizerSteps op) {
        List<Value> all = n.from(2);
        int tensors = all.size() / (2 + op.states());
        List<List<Value>> results = new ArrayList<>();
        for (int i = 0; i < tensors; i++) {
            List<Value> in = new ArrayList<>(List.of(n.in(0), n.in(1)));
            for (int at = i; at < all.size(); at += tensors) {
                in.add(all.get(at));
            }
            results.add(n.builder().apply(op, in));
        }
        return Stream.iterate(0, i -> i + 1)
                .limit(1 + op.states())
                .flatMap(kind -> results.stream().map(r -> r.get(kind)))
                .toList();
    }

    /// The gradients of the value `y` with respect to those named by `xs`, where these and those named by `zs` are
    /// the node's operands.
    private static List<Value> gradient(NodeImport n) {
        GraphBuilder g = n.builder();
        List<String> leaves = n.texts("xs").orElse(List.of());
        List<String> names = Stream.concat(leaves.stream(), n.texts("zs").orElse(List.of()).stream())
                .toList();
        Map<Value, Value> fed = new IdentityHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            fed.put(n.named(names.get(i)), n.in(i));
        }
        Value y = replay(g, n.named(n.text("y", "")), fed);
        Value ones = Reductions.filled(g, 1, y);
        List<Value> xs = n.all().subList(0, leaves.size());
        List<Optional<Value>> found;
        try {
            found = Gradient.pullBack(g, List.of(y), List.of(ones), xs, node -> false);
        } catch (NotDifferentiableException e) {
            throw new UnsupportedNodeException(String.valueOf(e.getMessage()));
        }
        List<Value> gradients = new ArrayList<>();
        for (int i = 0; i < xs.size(); i++) {
            Value x = xs.get(i);
            gradients.add(found.get(i).orElseGet(() -> Reductions.filled(g, 0, x)));
        }
        return gradients;
    }

    /// `v` computed from other values: nodes are added only where something differs.
    private static Value replay(GraphBuilder g, Value v, Map<Value, Value> fed) {
        Value known = fed.get(v);
        if (known != null || v.producer().isEmpty()) {
            return known == null ? v : known;
        }
        Node node = v.producer().get();
        boolean differs = false;
        for (Value operand : node.inputs()) {
            differs |= replay(g, operand, fed) != operand;
        }
        if (differs) {
            g.copy(node, fed);
        } else {
            node.outputs().forEach(out -> fed.put(out, out));
        }
        return fed.getOrDefault(v, v);
    }
}
