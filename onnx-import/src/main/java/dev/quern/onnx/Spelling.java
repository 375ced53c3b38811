package dev.quern.onnx;

import dev.quern.graph.CompositeOp;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.Value;
import dev.quern.op.ElementwiseOp;
import dev.quern.op.ExprsOp;
import dev.quern.tensor.ShapeException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Says a graph in operators that ONNX has: an operator with a row in the [OperatorTable] stays; one with an
/// entry in the [SpellingTable] becomes what that says; a composite is expanded; an element-wise operator
/// becomes its expression, node by node. Values keep their names; nodes that nothing uses are left out.
///
/// Bodies of control flow are spelled when they are written.
final class Spelling {
    private final GraphBuilder builder;
    private final Map<Value, Value> to = new IdentityHashMap<>();

    private Spelling(String name) {
        this.builder = new GraphBuilder(name);
    }

    /// @throws UnwritableNodeException where a node cannot be said so
    static Graph of(Graph graph) {
        Spelling spelling = new Spelling(graph.name());
        graph.inputs().forEach(v -> spelling.to.put(v, spelling.builder.input(v.name(), v.type())));
        Set<Node> used = used(graph);
        graph.nodes().stream().filter(used::contains).forEach(spelling::node);
        for (int i = 0; i < graph.outputs().size(); i++) {
            spelling.builder.output(
                    graph.outputNames().get(i), spelling.to(graph.outputs().get(i)));
        }
        return spelling.builder.build();
    }

    /// The nodes that outputs depend on; all where an unknown operator may read values by name.
    private static Set<Node> used(Graph graph) {
        Set<Node> used = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.outputs().forEach(v -> v.producer().ifPresent(used::add));
        boolean all = graph.nodes().stream().anyMatch(n -> n.op() instanceof OpaqueOp);
        for (Node n : graph.nodes().reversed()) {
            if (all) {
                used.add(n);
            }
            if (used.contains(n)) {
                n.inputs().forEach(v -> v.producer().ifPresent(used::add));
            }
        }
        return used;
    }

    private Value to(Value v) {
        return to.getOrDefault(v, v);
    }

    private void node(Node n) {
        builder.at(n.origins());
        List<Value> in = n.inputs().stream().map(this::to).toList();
        List<String> names = n.outputs().stream().map(Value::name).toList();
        List<Value> out;
        try {
            out = n.op() instanceof OpaqueOp ? as(n, in, names) : say(n.op(), in, names);
        } catch (UnspellableException | ShapeException e) {
            throw new UnwritableNodeException(n.title(), String.valueOf(e.getMessage()));
        }
        for (int i = 0; i < out.size(); i++) {
            to.put(n.output(i), out.get(i));
        }
    }

    /// A node that is written as it is.
    private List<Value> as(Node n, List<Value> in, List<String> names) {
        return builder.add(n.op(), in, n.outputs().stream().map(Value::type).toList(), names)
                .outputs();
    }

    private List<Value> say(Op op, List<Value> in, List<String> names) {
        GraphBuilder words = new GraphBuilder(op.name());
        Optional<List<Value>> special = SpellingTable.spell(op, words, in);
        if (special.isPresent()) {
            return say(words, special.get(), names);
        }
        if (OperatorTable.writer(op).isPresent()) {
            return builder.apply(op, in, names);
        }
        return switch (op) {
            case CompositeOp c -> say(words, c.expand(words, in), names);
            case ElementwiseOp e -> say(words, List.of(ExprSpelling.spell(e, words, in)), names);
            case ExprsOp e -> say(words, ExprSpelling.spell(e.exprs(), words, in), names);
            default ->
                throw new UnspellableException("ONNX has no operator " + op.name() + " on "
                        + in.stream().map(v -> v.type().toString()).toList());
        };
    }

    /// Takes over the nodes in `words`; `results` carry the names.
    private List<Value> say(GraphBuilder words, List<Value> results, List<String> names) {
        for (Node n : used(words, results)) {
            List<String> wanted = new ArrayList<>();
            for (Value v : n.outputs()) {
                int at = results.indexOf(v);
                wanted.add(at < 0 || at >= names.size() ? "" : names.get(at));
            }
            List<Value> in = n.inputs().stream().map(this::to).toList();
            List<Value> out = n.op() instanceof OpaqueOp ? as(n, in, wanted) : say(n.op(), in, wanted);
            for (int i = 0; i < out.size(); i++) {
                to.put(n.output(i), out.get(i));
            }
        }
        return results.stream().map(this::to).toList();
    }

    private static List<Node> used(GraphBuilder words, List<Value> results) {
        results.forEach(v -> words.output(v.name(), v));
        Graph graph = words.build();
        Set<Node> used = used(graph);
        return graph.nodes().stream().filter(used::contains).toList();
    }
}
