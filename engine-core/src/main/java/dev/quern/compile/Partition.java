package dev.quern.compile;

import dev.quern.backend.Backend;
import dev.quern.compile.Plan.HostStep;
import dev.quern.compile.Plan.Region;
import dev.quern.graph.Graph;
import dev.quern.graph.HasBodies;
import dev.quern.graph.HostOp;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.ShapeValues;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Cuts a graph into regions and host steps.
///
/// Nodes get levels: a level is one region and then the host steps that need only it. A node moves to the next level
/// where it reads a host step's result, or where a shape operand is computed from data in its own region (its value
/// must be known before the region is bound).
public final class Partition {
    private final Graph graph;
    private final Backend backend;
    private final Map<Value, Integer> available = new IdentityHashMap<>();
    private final Map<Value, Boolean> bindable = new IdentityHashMap<>();
    private final List<List<Node>> regions = new ArrayList<>();
    private final List<List<HostStep>> hosts = new ArrayList<>();

    private Partition(Graph graph, Backend backend) {
        this.graph = graph;
        this.backend = backend;
    }

    /// The plan of `graph` on `backend`, which must be total.
    ///
    /// @throws UnsupportedModelException where nodes cannot run at all
    public static Plan of(Graph graph, Backend backend) {
        List<String> missing = missing(graph);
        if (!missing.isEmpty()) {
            throw new UnsupportedModelException(missing);
        }
        return new Partition(graph, backend).plan();
    }

    /// A plan in which every node is a step of its own, so that every value can be seen.
    public static Plan nodeByNode(Graph graph, Backend backend) {
        List<Plan.Step> steps = new ArrayList<>();
        for (Node n : graph.nodes()) {
            steps.add(hostReason(n, backend)
                    .<Plan.Step>map(why -> new HostStep(n, why))
                    .orElseGet(() -> alone(n, backend)));
        }
        return new Plan(graph, steps);
    }

    private static Region alone(Node n, Backend backend) {
        Set<Value> inputs = new LinkedHashSet<>();
        Set<Value> keyed = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < n.inputs().size(); i++) {
            Value v = n.input(i);
            if (!(v.definition() instanceof Value.Constant)) {
                inputs.add(v);
                if (n.op().shapeOperands().contains(i)) {
                    keyed.add(v);
                }
            }
        }
        return new Region(backend, List.of(n), List.copyOf(inputs), n.outputs(), keyed);
    }

    /// One line for each node, bodies included, that has no implementation.
    public static List<String> missing(Graph graph) {
        List<String> missing = new ArrayList<>();
        for (Node n : graph.nodes()) {
            if (n.op() instanceof OpaqueOp o) {
                missing.add(n.title() + ": " + o.reason());
            }
            if (n.op() instanceof HasBodies control) {
                control.bodies().forEach(b -> missing.addAll(missing(b)));
            }
        }
        return missing;
    }

    private Plan plan() {
        Set<Node> live = live();
        for (Node n : graph.nodes()) {
            if (live.contains(n)) {
                place(n);
            }
        }
        List<Plan.Step> steps = new ArrayList<>();
        for (int level = 0; level < regions.size(); level++) {
            if (!regions.get(level).isEmpty()) {
                steps.add(region(level));
            }
            steps.addAll(hosts.get(level));
        }
        return new Plan(graph, steps);
    }

    /// Nodes that an output depends on.
    private Set<Node> live() {
        Set<Node> live = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.outputs().forEach(v -> v.producer().ifPresent(live::add));
        for (Node n : graph.nodes().reversed()) {
            if (live.contains(n)) {
                n.inputs().forEach(v -> v.producer().ifPresent(live::add));
            }
        }
        return live;
    }

    private void place(Node n) {
        Optional<String> host = hostReason(n, backend);
        int level = 0;
        for (int i = 0; i < n.inputs().size(); i++) {
            Value v = n.input(i);
            level = Math.max(level, levelAfter(v, host.isPresent()));
            if (host.isEmpty() && n.op().shapeOperands().contains(i) && !isBindable(v, level)) {
                level = Math.max(level, available.getOrDefault(v, 0) + 1);
            }
        }
        while (regions.size() <= level) {
            regions.add(new ArrayList<>());
            hosts.add(new ArrayList<>());
        }
        if (host.isPresent()) {
            hosts.get(level).add(new HostStep(n, host.get()));
        } else {
            regions.get(level).add(n);
        }
        boolean known = host.isEmpty() && isKnownWhenBound(n, level);
        for (Value v : n.outputs()) {
            available.put(v, level);
            bindable.put(v, known);
        }
    }

    /// The first level at which a reader of `v` can be placed.
    private int levelAfter(Value v, boolean readerIsHost) {
        int level = available.getOrDefault(v, 0);
        boolean fromHost = v.producer().isPresent()
                && hostReason(v.producer().get(), backend).isPresent();
        return fromHost && !readerIsHost ? level + 1 : level;
    }

    private static Optional<String> hostReason(Node n, Backend backend) {
        for (Value v : n.inputs()) {
            if (isHostOnly(v.type())) {
                return Optional.of("operand %" + v.name() + " is a " + v.type());
            }
        }
        for (Value v : n.outputs()) {
            if (isHostOnly(v.type())) {
                return Optional.of("result %" + v.name() + " is a " + v.type());
            }
        }
        return n.op() instanceof HostOp && !isClaimed(n, backend)
                ? Optional.of("the operator runs on the host")
                : Optional.empty();
    }

    /// Whether the backend has a kernel of its own for an operator of the host. That lays out the operator's
    /// weights once, so they must be constants.
    private static boolean isClaimed(Node n, Backend backend) {
        return n.op().weightOperands().stream()
                        .allMatch(i -> n.input(i).constant().isPresent())
                && backend.claims(
                        n.op(),
                        n.inputs().stream().map(v -> v.type().asTensor()).toList());
    }

    private static boolean isHostOnly(Type type) {
        return !(type instanceof Type.TensorType t) || t.dtype() == DType.STRING;
    }

    /// Whether the value of `v` is known when the region of `level` is bound: it comes from before the region, or
    /// follows from shapes and such values.
    private boolean isBindable(Value v, int level) {
        return v.producer().isEmpty() || available.getOrDefault(v, 0) < level || bindable.getOrDefault(v, false);
    }

    /// Whether the results of `n`, a node of the region of `level`, are; its operands have been placed.
    private boolean isKnownWhenBound(Node n, int level) {
        return n.op() instanceof ShapeValues.ShapeOf
                || (isSmallWork(n) && n.inputs().stream().allMatch(v -> isBindable(v, level)));
    }

    /// Shape arithmetic is done on integers and on what converts to them, never on images and weights.
    private static boolean isSmallWork(Node n) {
        return n.outputs().stream()
                .allMatch(
                        v -> !v.shape().isRanked() || v.rank() <= 1 || v.shape().isConcrete());
    }

    private Region region(int level) {
        List<Node> nodes = regions.get(level);
        Set<Node> own = Collections.newSetFromMap(new IdentityHashMap<>());
        own.addAll(nodes);
        Set<Value> inputs = new LinkedHashSet<>();
        Set<Value> keyed = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node n : nodes) {
            for (int i = 0; i < n.inputs().size(); i++) {
                Value v = n.input(i);
                if (isFrom(v, own)) {
                    inputs.add(v);
                }
            }
        }
        key(nodes, own, keyed);
        return new Region(backend, nodes, List.copyOf(inputs), outputs(own), keyed);
    }

    private static boolean isFrom(Value v, Set<Node> own) {
        return switch (v.definition()) {
            case Value.Constant ignored -> false;
            case Value.Input ignored -> true;
            case Value.Result r -> !own.contains(r.node());
        };
    }

    /// Adds the region's inputs that decide the values of shape operands.
    private static void key(List<Node> nodes, Set<Node> own, Set<Value> keyed) {
        Set<Value> deciding = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node n : nodes.reversed()) {
            boolean decides =
                    n.outputs().stream().anyMatch(deciding::contains) && !(n.op() instanceof ShapeValues.ShapeOf);
            for (int i = 0; i < n.inputs().size(); i++) {
                if (decides || n.op().shapeOperands().contains(i)) {
                    deciding.add(n.input(i));
                }
            }
        }
        deciding.stream().filter(v -> isFrom(v, own)).forEach(keyed::add);
    }

    private List<Value> outputs(Set<Node> own) {
        Set<Value> outputs = new LinkedHashSet<>();
        for (Node n : graph.nodes()) {
            if (!own.contains(n)) {
                n.inputs().stream().filter(v -> isOf(v, own)).forEach(outputs::add);
            }
        }
        graph.outputs().stream().filter(v -> isOf(v, own)).forEach(outputs::add);
        return List.copyOf(outputs);
    }

    private static boolean isOf(Value v, Set<Node> own) {
        return v.definition() instanceof Value.Result r && own.contains(r.node());
    }
}
