package dev.quern.gradient;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.op.Reductions;
import dev.quern.tensor.Dim;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Gradients that keep less of what the forward pass computed: the graph is cut into parts, only the values between
/// parts are kept, and what lies within a part is computed once more when the gradient comes to it (Chen et al.,
/// "Training Deep Nets with Sublinear Memory Cost", 2016).
public final class Recomputation {
    private final GraphBuilder g;
    private final Graph forward;
    private final Predicate<Node> stops;
    private final Map<Value, Value> to = new IdentityHashMap<>();
    private final Set<Value> active = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<Value, List<Value>> cotangents = new IdentityHashMap<>();

    private Recomputation(GraphBuilder g, Graph forward, Predicate<Node> stops) {
        this.g = g;
        this.forward = forward;
        this.stops = stops;
    }

    /// What the outputs of a graph became, and the gradients of the first of them.
    public record Result(List<Value> outputs, List<Value> gradients) {}

    /// Adds `forward` and the gradients of its first output, a single number.
    ///
    /// @param forward in the form of [Expanded]
    /// @param arguments for its inputs
    /// @param leaves the positions of the inputs whose gradients are wanted
    /// @param seed the cotangent of the first output
    /// @param stops nodes that no gradient flows through
    /// @param parts how many parts the graph is cut into; with one nothing is computed again
    public static Result of(
            GraphBuilder g,
            Graph forward,
            List<Value> arguments,
            List<Integer> leaves,
            Value seed,
            Predicate<Node> stops,
            int parts) {
        Recomputation r = new Recomputation(g, forward, stops);
        for (int i = 0; i < arguments.size(); i++) {
            r.to.put(forward.inputs().get(i), arguments.get(i));
        }
        g.inline(forward, r.to);
        leaves.forEach(i -> r.active.add(forward.inputs().get(i)));
        forward.nodes().forEach(r::activate);
        Value loss = forward.outputs().getFirst();
        if (!loss.shape().isConcrete() || loss.shape().elements() != 1) {
            throw new ShapeException("only a single number has a gradient, not " + loss + ": reduce it first");
        }
        r.give(loss, loss.rank() == 0 ? seed : g.apply(new Reductions.Spread(), seed, r.now(loss)));
        List<List<Node>> cut = r.cut(parts);
        for (int part = cut.size() - 1; part >= 0; part--) {
            r.pullBack(cut.get(part), part, part < cut.size() - 1);
        }
        List<Value> gradients = leaves.stream()
                .map(i -> forward.inputs().get(i))
                .map(v -> r.cotangent(v).orElseGet(() -> Gradient.zeros(g, r.now(v))))
                .toList();
        return new Result(forward.outputs().stream().map(r::now).toList(), gradients);
    }

    private Value now(Value v) {
        return to.getOrDefault(v, v);
    }

    private void activate(Node n) {
        if (!stops.test(n) && n.inputs().stream().anyMatch(active::contains)) {
            n.outputs().stream().filter(Recomputation::isOfFloats).forEach(active::add);
        }
    }

    private static boolean isOfFloats(Value v) {
        return v.type() instanceof TensorType t && t.dtype().isFloat();
    }

    /// Parts of about the same size of results, in order.
    private List<List<Node>> cut(int parts) {
        double all = forward.nodes().stream().mapToDouble(Recomputation::size).sum();
        List<List<Node>> cut = new ArrayList<>(List.of(new ArrayList<>()));
        double before = 0;
        for (Node n : forward.nodes()) {
            if (before > all * cut.size() / parts) {
                cut.add(new ArrayList<>());
            }
            cut.getLast().add(n);
            before += size(n);
        }
        return cut;
    }

    /// How many numbers a node gives for one row, as far as that is known.
    private static double size(Node n) {
        double sum = 1;
        for (Value v : n.outputs()) {
            if (v.type() instanceof TensorType t && t.shape().isRanked()) {
                sum += t.shape().dims().stream()
                        .filter(Dim::isFixed)
                        .mapToDouble(Dim::extent)
                        .reduce(1, (a, b) -> a * b);
            }
        }
        return sum;
    }

    private void pullBack(List<Node> nodes, int part, boolean again) {
        Set<Value> made = Collections.newSetFromMap(new IdentityHashMap<>());
        nodes.forEach(n -> made.addAll(n.outputs()));
        List<Value> results = nodes.stream()
                .flatMap(n -> n.outputs().stream())
                .filter(cotangents::containsKey)
                .toList();
        if (results.isEmpty()) {
            return;
        }
        Set<Value> taken = new LinkedHashSet<>();
        nodes.forEach(n -> n.inputs().stream()
                .filter(to::containsKey)
                .filter(v -> !made.contains(v))
                .forEach(taken::add));
        Map<Value, Value> here = new IdentityHashMap<>(to);
        if (again) {
            taken.stream()
                    .filter(v -> v.type() instanceof Type.TensorType)
                    .forEach(v -> here.put(v, g.apply(new Again(part), now(v))));
            nodes.forEach(n -> g.copy(n, here));
        }
        List<Value> leaves = taken.stream().filter(active::contains).toList();
        List<Optional<Value>> found = Gradient.pullBack(
                g,
                results.stream().map(here::get).toList(),
                results.stream().map(v -> cotangent(v).orElseThrow()).toList(),
                leaves.stream().map(here::get).toList(),
                stops);
        for (int i = 0; i < leaves.size(); i++) {
            Value leaf = leaves.get(i);
            found.get(i).ifPresent(gradient -> give(leaf, gradient));
        }
    }

    private void give(Value v, Value cotangent) {
        cotangents.computeIfAbsent(v, key -> new ArrayList<>()).add(cotangent);
    }

    private Optional<Value> cotangent(Value v) {
        return Optional.ofNullable(cotangents.get(v)).map(parts -> SumOfParts.of(g, parts));
    }
}
