package dev.quern.op;

import dev.quern.graph.Adjoint;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The gradient of one operator as a graph: reverse mode in its simplest form, over what the operator expands to.
final class Pullback {
    private final GraphBuilder g;
    private final Map<Value, Value> cotangents = new IdentityHashMap<>();
    private final Set<Value> active = java.util.Collections.newSetFromMap(new IdentityHashMap<>());

    private Pullback(GraphBuilder g) {
        this.g = g;
    }

    /// A graph that takes the inputs of `forward` and a cotangent for each of its float outputs, and gives the gradients of
    /// the inputs `wanted`, by place; a gradient that is 0 everywhere may be missing.
    static Graph of(Graph forward, List<Integer> wanted) {
        return new Pullback(new GraphBuilder("pullback")).build(expanded(forward), wanted);
    }

    private Graph build(Graph forward, List<Integer> wanted) {
        List<Value> in = forward.inputs().stream().map(v -> g.input(v.name(), v.type())).toList();
        wanted.forEach(i -> active.add(in.get(i)));
        List<Value> out = g.inline(forward, in);
        List<Node> nodes = g.build().nodes();
        for (Node n : nodes) {
            if (n.inputs().stream().anyMatch(active::contains)) {
                n.outputs().stream().filter(v -> v.dtype().isFloat()).forEach(active::add);
            }
        }
        for (int i = 0; i < out.size(); i++) {
            if (out.get(i).dtype().isFloat()) {
                add(out.get(i), g.input("dy" + i, out.get(i).type()));
            }
        }
        for (Node n : nodes.reversed()) {
            boolean reached = n.outputs().stream().anyMatch(cotangents::containsKey);
            if (reached && n.op() instanceof PrimitiveOp op && op.isDifferentiable()) {
                op.gradient(new NodeAdjoint(n));
            }
        }
        for (int i : wanted) {
            Value d = cotangents.get(in.get(i));
            if (d != null) {
                g.output("d" + i, d);
            }
        }
        return g.build();
    }

    private void add(Value v, Value gradient) {
        if (!v.type().equals(gradient.type())) {
            throw new IllegalStateException("the gradient of " + v + " is " + gradient);
        }
        Value before = cotangents.get(v);
        cotangents.put(v, before == null ? gradient : g.apply(Arithmetic.ADD, before, gradient));
    }

    /// `graph` with composites replaced by what they expand to, until none is left.
    private static Graph expanded(Graph graph) {
        Graph out = graph;
        while (out.nodes().stream().anyMatch(n -> n.op() instanceof CompositeOp)) {
            GraphBuilder b = new GraphBuilder(graph.name());
            Map<Value, Value> to = new IdentityHashMap<>();
            out.inputs().forEach(v -> to.put(v, b.input(v.name(), v.type())));
            for (Node n : out.nodes()) {
                List<Value> in = n.inputs().stream().map(v -> to.getOrDefault(v, v)).toList();
                List<Value> results = n.op() instanceof CompositeOp c ? c.expand(b, in) : b.apply(n.op(), in);
                for (int i = 0; i < results.size(); i++) {
                    to.put(n.output(i), results.get(i));
                }
            }
            for (int i = 0; i < out.outputs().size(); i++) {
                Value v = out.outputs().get(i);
                b.output(out.outputNames().get(i), to.getOrDefault(v, v));
            }
            out = b.build();
        }
        return out;
    }

    private final class NodeAdjoint implements Adjoint {
        private final Node node;
        private final Set<Integer> given = new HashSet<>();

        NodeAdjoint(Node node) {
            this.node = node;
        }

        @Override
        public GraphBuilder graph() {
            return g;
        }

        @Override
        public int inputs() {
            return node.inputs().size();
        }

        @Override
        public Value input(int i) {
            return node.input(i);
        }

        @Override
        public Value output(int i) {
            return node.output(i);
        }

        @Override
        public Optional<Value> cotangent(int i) {
            return Optional.ofNullable(cotangents.get(node.output(i)));
        }

        @Override
        public boolean wants(int i) {
            return active.contains(node.input(i));
        }

        @Override
        public void give(int i, Value gradient) {
            if (!wants(i) || !given.add(i)) {
                throw new IllegalStateException(node.title() + " gives a gradient that is not wanted, of operand " + i);
            }
            add(node.input(i), gradient);
        }
    }
}
