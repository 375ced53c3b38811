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
import dev.quern.op.WithSlope;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Says a graph in operators that one release of ONNX has. An operator with an entry in the [SpellingTable] becomes
/// what that says; one with a form in the release ([Forms]) stays, on wider element types where it has only those;
/// a composite is expanded; an element-wise operator becomes its expression, node by node. What comes of that is
/// said in the same way. Values keep their names; nodes that nothing uses are left out.
///
/// Bodies of control flow are spelled when they are written.
final class Spelling {
    private final Release release;
    private final Forms forms;
    private final GraphBuilder builder;
    private final Map<Value, Value> to = new IdentityHashMap<>();
    private final Set<Saying> open = new HashSet<>();

    /// An operator that is being said by others.
    private record Saying(Op op, List<Type> operands) {}

    private Spelling(Release release, String name) {
        this.release = release;
        this.forms = new Forms(release);
        this.builder = new GraphBuilder(name);
    }

    /// A node that cannot be said stays, so that all of them are found.
    ///
    /// @param obstacles takes the nodes that cannot be said
    static Graph of(Graph whole, Release release, List<Obstacle> obstacles) {
        Graph graph = DoubleTrees.narrowed(RankedLater.asRead(whole), release);
        Spelling spelling = new Spelling(release, graph.name());
        graph.inputs().forEach(v -> spelling.to.put(v, spelling.builder.input(v.name(), v.type())));
        Uses uses = Uses.of(graph);
        uses.nodes().forEach(n -> spelling.node(n, uses::isWanted, obstacles));
        for (int i = 0; i < graph.outputs().size(); i++) {
            spelling.builder.output(
                    graph.outputNames().get(i), spelling.to(graph.outputs().get(i)));
        }
        return spelling.builder.build();
    }

    private Value to(Value v) {
        return to.getOrDefault(v, v);
    }

    private void node(Node n, Predicate<Value> wanted, List<Obstacle> obstacles) {
        builder.at(n.origins());
        List<Value> in = n.inputs().stream().map(this::to).toList();
        List<String> names = n.outputs().stream().map(Value::name).toList();
        if (n.op() instanceof OpaqueOp) {
            put(n, as(n, in, names));
            return;
        }
        try {
            put(n, say(n.op(), in, names, i -> wanted.test(n.output(i))));
        } catch (UnspellableException | ShapeException e) {
            obstacles.add(obstacle(n, in, String.valueOf(e.getMessage())));
            put(n, as(n, in, names));
        }
    }

    private void put(Node n, List<Optional<Value>> out) {
        for (int i = 0; i < out.size(); i++) {
            Value result = n.output(i);
            out.get(i).ifPresent(v -> to.put(result, v));
        }
    }

    private Obstacle obstacle(Node n, List<Value> in, String reason) {
        OptionalInt lowest = release.andNewer().stream()
                .skip(1)
                .filter(r -> isSayable(n.op(), in, r))
                .mapToInt(Release::opset)
                .findFirst();
        String name = String.join("+", n.origins());
        String domain = OperatorTable.domain(n.op().name()).orElse("");
        return new Obstacle(name, n.op().name(), domain.isEmpty() ? "ai.onnx" : domain, reason, lowest);
    }

    private static boolean isSayable(Op op, List<Value> in, Release release) {
        try {
            new Spelling(release, op.name()).say(op, in, List.of(), i -> true);
            return true;
        } catch (UnspellableException | ShapeException e) {
            return false;
        }
    }

    /// A node that is written as it is.
    private List<Optional<Value>> as(Node n, List<Value> in, List<String> names) {
        return all(builder.add(n.op(), in, n.outputs().stream().map(Value::type).toList(), names)
                .outputs());
    }

    private static List<Optional<Value>> all(List<Value> values) {
        return values.stream().map(Optional::of).toList();
    }

    /// The results of `op`, those that are wanted; they carry the names.
    private List<Optional<Value>> say(Op op, List<Value> in, List<String> names, Predicate<Integer> wanted) {
        Saying saying = new Saying(op, in.stream().map(Value::type).toList());
        if (!open.add(saying)) {
            throw new UnspellableException("opset " + release.opset() + " has no " + op.name() + " of "
                    + in.stream().map(v -> v.type().toString()).collect(Collectors.joining(", ")));
        }
        try {
            return first(op, in, names, wanted);
        } finally {
            open.remove(saying);
        }
    }

    /// The first of the ways to say `op` that leads to an end.
    private List<Optional<Value>> first(Op op, List<Value> in, List<String> names, Predicate<Integer> wanted) {
        GraphBuilder words = new GraphBuilder(op.name());
        Optional<List<Value>> always = SpellingTable.spell(op, words, in);
        if (always.isPresent()) {
            return say(words, always.get(), names, wanted);
        }
        Node alone = Uses.alone(op, in);
        Forms.Answer answer = forms.of(
                alone,
                NodeExport.Bodies.UNSAID,
                v -> wanted.test(alone.outputs().indexOf(v)));
        return switch (answer) {
            case Forms.Fits _ -> all(builder.apply(op, in, names));
            case Forms.Widens(var types, var reason) ->
                tried(
                        List.of(
                                g -> Optional.of(Widening.say(op, types, g, in)),
                                g -> SpellingTable.otherwise(op, g, in),
                                g -> definition(op, g, in),
                                g -> Folding.of(op, g, in)),
                        new Aim(op, names, wanted, reason));
            case Forms.Lacks(var reason) ->
                tried(
                        List.of(
                                g -> SpellingTable.otherwise(op, g, in),
                                g -> definition(op, g, in),
                                g -> Folding.of(op, g, in)),
                        new Aim(op, names, wanted, reason));
        };
    }

    /// One way to say an operator by others.
    private interface Way {
        /// @return nothing where this is no way for that operator
        Optional<List<Value>> words(GraphBuilder g);
    }

    /// @param reason why the operator itself has no form
    private record Aim(Op op, List<String> names, Predicate<Integer> wanted, String reason) {}

    private List<Optional<Value>> tried(List<Way> ways, Aim aim) {
        Optional<String> failure = Optional.empty();
        for (Way way : ways) {
            GraphBuilder words = new GraphBuilder(aim.op().name());
            try {
                Optional<List<Value>> said = way.words(words);
                if (said.isPresent()) {
                    return say(words, said.get(), aim.names(), aim.wanted());
                }
            } catch (UnspellableException | ShapeException e) {
                failure = Optional.of(String.valueOf(e.getMessage()));
            }
        }
        throw new UnspellableException(failure.orElse("opset " + release.opset() + ": " + aim.reason()));
    }

    private static Optional<List<Value>> definition(Op op, GraphBuilder g, List<Value> in) {
        return switch (op) {
            case CompositeOp c -> Optional.of(c.expand(g, in));
            case ElementwiseOp e -> Optional.of(List.of(ExprSpelling.spell(e, g, in)));
            case ExprsOp e -> Optional.of(ExprSpelling.spell(e.exprs(), g, in));
            case WithSlope f ->
                Optional.of(ExprSpelling.spell(f.exprs(in.getFirst().dtype()), g, in));
            default -> Optional.empty();
        };
    }

    /// Takes over the nodes in `words`, as far as they are needed; `results` carry the names.
    private List<Optional<Value>> say(
            GraphBuilder words, List<Value> results, List<String> names, Predicate<Integer> wanted) {
        Uses uses = Uses.of(words, results, wanted);
        for (Node n : uses.nodes()) {
            List<String> own = new ArrayList<>();
            for (Value v : n.outputs()) {
                int at = results.indexOf(v);
                own.add(at < 0 || at >= names.size() ? "" : names.get(at));
            }
            List<Value> in = n.inputs().stream().map(this::to).toList();
            put(n, n.op() instanceof OpaqueOp ? as(n, in, own) : say(n.op(), in, own, i -> uses.isWanted(n.output(i))));
        }
        List<Optional<Value>> said = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            said.add(wanted.test(i) ? Optional.of(to(results.get(i))) : Optional.empty());
        }
        return said;
    }
}
