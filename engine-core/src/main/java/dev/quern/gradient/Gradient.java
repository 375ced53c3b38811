package dev.quern.gradient;

import dev.quern.graph.Adjoint;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.HostOp;
import dev.quern.graph.Node;
import dev.quern.graph.OpaqueOp;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.op.ControlFlow;
import dev.quern.op.Reductions;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// Reverse-mode differentiation of values in a graph under construction (Linnainmaa, 1970).
///
/// Nodes are visited from the results to the leaves; each operator's adjoint turns the cotangents of its results into
/// gradients of its operands, and those of a value with several readers are added up. Composites are expanded for it.
/// Gradients flow through floats only. Leaves count as independent: how a leaf itself was computed is not looked at.
public final class Gradient {
    private final GraphBuilder g;
    private final Predicate<Node> frozen;
    private final Set<String> missing;
    private final Map<Value, List<Value>> cotangents = new IdentityHashMap<>();

    private Gradient(GraphBuilder g, Predicate<Node> frozen, Set<String> missing) {
        this.g = g;
        this.frozen = frozen;
        this.missing = missing;
    }

    /// Adds the gradients of the scalar `loss` with respect to each of `leaves`; zeros for a leaf that `loss` does
    /// not depend on.
    ///
    /// @throws NotDifferentiableException where operators without a gradient are in the way
    public static List<Value> of(GraphBuilder g, Value loss, List<Value> leaves) {
        return of(g, loss, leaves, node -> false);
    }

    /// Adds the gradients of the scalar `loss`; none flows back through the nodes that are `frozen`.
    ///
    /// @throws NotDifferentiableException where other operators without a gradient are in the way
    public static List<Value> of(GraphBuilder g, Value loss, List<Value> leaves, Predicate<Node> frozen) {
        if (!loss.shape().isConcrete() || loss.shape().elements() != 1) {
            throw new ShapeException("only a single number has a gradient, not " + loss + ": reduce it first");
        }
        Value one = g.scalar(loss.dtype(), 1);
        Value seed = loss.rank() == 0 ? one : g.apply(new Reductions.Spread(), one, loss);
        List<Optional<Value>> found = pullBack(g, List.of(loss), List.of(seed), leaves, frozen);
        List<Value> gradients = new ArrayList<>();
        for (int i = 0; i < leaves.size(); i++) {
            Value leaf = leaves.get(i);
            gradients.add(found.get(i).orElseGet(() -> zeros(g, leaf)));
        }
        return gradients;
    }

    /// Adds the products of `cotangents`, one for each of `results`, with the Jacobians with respect to `leaves`;
    /// nothing for a leaf that no result depends on.
    ///
    /// @throws NotDifferentiableException where operators without a gradient are in the way that are not `frozen`
    public static List<Optional<Value>> pullBack(
            GraphBuilder g, List<Value> results, List<Value> cotangents, List<Value> leaves, Predicate<Node> frozen) {
        for (Value leaf : leaves) {
            if (!leaf.dtype().isFloat()) {
                throw new ShapeException("only floats have gradients, not " + leaf);
            }
        }
        List<String> origins = g.origins();
        Gradient gradient = new Gradient(g, frozen, new LinkedHashSet<>());
        List<Optional<Value>> found = gradient.run(results, cotangents, leaves);
        g.at(origins);
        if (!gradient.missing.isEmpty()) {
            throw new NotDifferentiableException(List.copyOf(gradient.missing));
        }
        return found;
    }

    private List<Optional<Value>> run(List<Value> results, List<Value> seeds, List<Value> leaves) {
        Path path = Path.of(results, leaves, frozen);
        for (int i = 0; i < results.size(); i++) {
            if (path.isActive(results.get(i))) {
                accumulate(results.get(i), seeds.get(i));
            }
        }
        for (Node n : path.nodes().reversed()) {
            if (n.outputs().stream().anyMatch(cotangents::containsKey)) {
                g.at(n.origins());
                step(n, path);
            }
        }
        return leaves.stream().map(this::cotangent).toList();
    }

    /// An adjoint may need to know more of an operand (its rank, in a body that says nothing of it) than is known.
    private void step(Node n, Path path) {
        try {
            through(n, path);
        } catch (ShapeException e) {
            if (n.inputs().stream().noneMatch(Gradient::isUnranked)
                    && n.outputs().stream().noneMatch(Gradient::isUnranked)) {
                throw e;
            }
            blocked(n, path);
        }
    }

    private void through(Node n, Path path) {
        switch (n.op()) {
            case PrimitiveOp op when op.isDifferentiable() -> op.gradient(new NodeAdjoint(n, path));
            case CompositeOp op when op.isDifferentiable() -> throughComposite(op, n, path);
            case PrimitiveOp ignored -> blocked(n, path);
            case CompositeOp ignored -> blocked(n, path);
            case ControlFlow op
            when n.inputs().stream().filter(path::isActive).allMatch(Gradient::isTensor) ->
                ControlFlowGradient.give(op, new NodeAdjoint(n, path));
            case ControlFlow ignored -> blocked(n, path);
            case HostOp op when op.isDifferentiable() -> op.gradient(new NodeAdjoint(n, path));
            case HostOp ignored -> blocked(n, path);
            case OpaqueOp ignored -> blocked(n, path);
        }
    }

    private static boolean isUnranked(Value v) {
        return v.type() instanceof Type.TensorType t && !t.shape().isRanked();
    }

    /// A composite's gradient is that of the graph it stands for, seen from its operands, or what it says itself.
    private void throughComposite(CompositeOp op, Node n, Path path) {
        if (!op.isExpandable(g.operands(n.inputs()))) {
            whenExpandable(op, n, path);
            return;
        }
        op.gradient(new NodeAdjoint(n, path));
    }

    /// A composite that cannot be expanded yet gets an operator for its gradient, which waits as well.
    private void whenExpandable(CompositeOp op, Node n, Path path) {
        List<Value> operands = new ArrayList<>(n.inputs());
        List<Integer> seeded = new ArrayList<>();
        for (int i = 0; i < n.outputs().size(); i++) {
            Optional<Value> seed = cotangent(n.output(i));
            if (seed.isPresent()) {
                seeded.add(i);
                operands.add(seed.get());
            }
        }
        List<Integer> wanted = IntStream.range(0, n.inputs().size())
                .filter(i -> path.isActive(n.input(i)))
                .boxed()
                .toList();
        List<Value> found = g.apply(new LatePullback(op, n.inputs().size(), seeded, wanted), operands);
        for (int i = 0; i < wanted.size(); i++) {
            accumulate(n.input(wanted.get(i)), found.get(i));
        }
    }

    /// Remembers a node that has no gradient; zeros flow on, so that those behind it are found too.
    private void blocked(Node n, Path path) {
        missing.add(n.title());
        n.inputs().stream()
                .filter(path::isActive)
                .filter(Gradient::isTensor)
                .distinct()
                .forEach(v -> accumulate(v, zeros(g, v)));
    }

    private static boolean isTensor(Value v) {
        return v.type() instanceof Type.TensorType;
    }

    private void accumulate(Value v, Value gradient) {
        cotangents.computeIfAbsent(v, key -> new ArrayList<>()).add(gradient);
    }

    /// What has been accumulated for a value, as one sum: asked for when all its readers have given their parts.
    private Optional<Value> cotangent(Value v) {
        List<Value> parts = cotangents.get(v);
        if (parts == null) {
            return Optional.empty();
        }
        if (parts.size() > 1) {
            Value sum = SumOfParts.of(g, parts);
            parts.clear();
            parts.add(sum);
        }
        return Optional.of(parts.getFirst());
    }

    static Value zeros(GraphBuilder g, Value like) {
        return Reductions.filled(g, 0, like);
    }

    private final class NodeAdjoint implements Adjoint {
        private final Node node;
        private final Path path;

        NodeAdjoint(Node node, Path path) {
            this.node = node;
            this.path = path;
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
            return Gradient.this.cotangent(node.output(i));
        }

        @Override
        public boolean wants(int i) {
            return path.isActive(node.input(i));
        }

        @Override
        public void through(List<Value> other) {
            List<Value> results = new ArrayList<>();
            List<Value> seeds = new ArrayList<>();
            for (int i = 0; i < other.size(); i++) {
                Optional<Value> seed = cotangent(i);
                if (seed.isPresent()) {
                    results.add(other.get(i));
                    seeds.add(seed.get());
                }
            }
            List<Value> wanted =
                    node.inputs().stream().filter(path::isActive).distinct().toList();
            List<Optional<Value>> found = new Gradient(g, n -> false, missing).run(results, seeds, wanted);
            for (int i = 0; i < wanted.size(); i++) {
                Value operand = wanted.get(i);
                found.get(i).ifPresent(gradient -> accumulate(operand, gradient));
            }
        }

        @Override
        public void give(int i, Value gradient) {
            Value operand = node.input(i);
            boolean exact = operand.shape().isConcrete() && gradient.shape().isConcrete();
            if (!wants(i)
                    || operand.dtype() != gradient.dtype()
                    || (exact && !operand.type().equals(gradient.type()))) {
                throw new IllegalStateException(
                        node.title() + ": " + gradient + " is no gradient of operand " + operand);
            }
            accumulate(operand, gradient);
        }
    }
}
