package dev.quern.compile;

import dev.quern.backend.Backend;
import dev.quern.compile.Plan.HostStep;
import dev.quern.compile.Plan.Region;
import dev.quern.graph.Graph;
import dev.quern.graph.HasBodies;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.ShapeValues;
import dev.quern.graph.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Cuts a graph into regions and host steps.
///
/// A node goes to the backend that was asked for, or where that refuses its types, to another that does not, or to the
/// host ([Placement]). Nodes get levels: a level is a region of the first backend, then one of the other, then the host
/// steps that need only these. A node moves to the next level where it reads what comes later in its own, or where a
/// shape operand is computed from data in its own region (its value must be known before the region is bound).
public final class Partition {
    private final Graph graph;
    private final Placement placement;
    private final Map<Value, Integer> available = new IdentityHashMap<>();
    private final Map<Value, Boolean> bindable = new IdentityHashMap<>();
    private final List<Level> levels = new ArrayList<>();

    private Partition(Graph graph, Backend backend) {
        this.graph = graph;
        this.placement = new Placement(backend);
    }

    /// What runs at one level, in this order.
    private record Level(List<Node> first, List<Node> others, List<HostStep> hosts) {
        Level() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }
    }

    /// The plan of `graph` on `backend`, as far as that takes its nodes.
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
        Placement placement = new Placement(backend);
        List<Plan.Step> steps = new ArrayList<>();
        for (Node n : graph.nodes()) {
            steps.add(
                    switch (placement.of(n)) {
                        case Placement.OnBackend(Backend chosen, String why) -> alone(n, chosen, why);
                        case Placement.OnHost(String why) -> new HostStep(n, why);
                    });
        }
        return new Plan(graph, steps);
    }

    private static Region alone(Node n, Backend backend, String why) {
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
        return new Region(
                backend,
                List.of(n),
                List.copyOf(inputs),
                n.outputs(),
                keyed,
                why.isEmpty() ? Map.of() : Map.of(n, why));
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
        for (Level level : levels) {
            for (List<Node> nodes : List.of(level.first(), level.others())) {
                if (!nodes.isEmpty()) {
                    steps.add(region(nodes));
                }
            }
            steps.addAll(level.hosts());
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
        Placement.Place place = placement.of(n);
        boolean isOnHost = place instanceof Placement.OnHost;
        int turn = placement.turn(place);
        int level = 0;
        for (int i = 0; i < n.inputs().size(); i++) {
            Value v = n.input(i);
            level = Math.max(level, levelAfter(v, turn));
            if (!isOnHost && n.op().shapeOperands().contains(i) && !isBindable(v, level)) {
                level = Math.max(level, available.getOrDefault(v, 0) + 1);
            }
        }
        while (levels.size() <= level) {
            levels.add(new Level());
        }
        Level at = levels.get(level);
        switch (place) {
            case Placement.OnBackend(Backend ignored, String why) -> (why.isEmpty() ? at.first() : at.others()).add(n);
            case Placement.OnHost(String why) -> at.hosts().add(new HostStep(n, why));
        }
        boolean known = !isOnHost && isKnownWhenBound(n, level);
        for (Value v : n.outputs()) {
            available.put(v, level);
            bindable.put(v, known);
        }
    }

    /// The first level at which a reader of `v` can be placed.
    ///
    /// @param turn of the reader within a level
    private int levelAfter(Value v, int turn) {
        int level = available.getOrDefault(v, 0);
        return v.producer().isPresent()
                        && placement.turn(placement.of(v.producer().get())) > turn
                ? level + 1
                : level;
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

    private Region region(List<Node> nodes) {
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
        Map<Node, String> reasons = new IdentityHashMap<>();
        Backend backend = placement.first();
        for (Node n : nodes) {
            if (placement.of(n) instanceof Placement.OnBackend(Backend chosen, String why) && !why.isEmpty()) {
                reasons.put(n, why);
                backend = chosen;
            }
        }
        return new Region(backend, nodes, List.copyOf(inputs), outputs(own), keyed, reasons);
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
