package dev.quern.gradient;

import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// The nodes that lie between leaves and results, and the values on the way that depend on a leaf.
final class Path {
    private final Set<Value> active = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<Node> nodes = new ArrayList<>();

    private Path() {}

    static Path of(List<Value> results, List<Value> leaves, Predicate<Node> frozen) {
        Path path = new Path();
        path.active.addAll(leaves);
        path.walk(results, frozen);
        return path;
    }

    /// Depth first, from the results toward the leaves, without recursion: graphs may be thousands of nodes deep.
    private void walk(List<Value> results, Predicate<Node> frozen) {
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Node> done = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Node> open = new ArrayDeque<>();
        results.forEach(v -> push(v, open));
        while (!open.isEmpty()) {
            Node n = open.peek();
            if (done.contains(n) || frozen.test(n)) {
                open.pop();
            } else if (seen.add(n)) {
                n.inputs().forEach(v -> push(v, open));
            } else {
                open.pop();
                done.add(n);
                visit(n);
            }
        }
    }

    private void push(Value v, Deque<Node> open) {
        if (carriesFloats(v.type()) && !active.contains(v)) {
            v.producer().ifPresent(open::push);
        }
    }

    private void visit(Node n) {
        if (n.inputs().stream().anyMatch(this::isActive)) {
            nodes.add(n);
            n.outputs().stream().filter(v -> carriesFloats(v.type())).forEach(active::add);
        }
    }

    /// Nodes that depend on a leaf, each after those that it depends on.
    List<Node> nodes() {
        return nodes;
    }

    boolean isActive(Value v) {
        return active.contains(v);
    }

    /// Whether a gradient may have to pass: also through sequences and optionals, which have none.
    private static boolean carriesFloats(Type type) {
        return switch (type) {
            case TensorType t -> t.dtype().isFloat();
            case Type.SequenceType(Type element) -> carriesFloats(element);
            case Type.OptionalType(Type element) -> carriesFloats(element);
            case Type.MapType(DType ignored, Type value) -> carriesFloats(value);
        };
    }
}
