package dev.quern.session;

import dev.quern.backend.Backend;
import dev.quern.backend.RunControl;
import dev.quern.backend.RunException;
import dev.quern.compile.Partition;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.GraphCopy;
import dev.quern.graph.Node;
import dev.quern.graph.PrimitiveOp;
import dev.quern.graph.Value;
import dev.quern.op.Randoms;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What depends on constants alone, done once on the backend when a model is made ready, instead of in every run:
/// weights that a file keeps as integers with scales (DequantizeLinear, MatMulNBits) and the like. Small constants have
/// been folded before, while the graph was built.
final class ConstantWork {
    /// A result may have this many times the elements of what it is made of; what is only blown up is made anew in
    /// every run rather than kept.
    private static final long GROWTH = 8;

    private final Graph graph;
    private final Set<Node> nodes = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<Value, Long> sources = new IdentityHashMap<>();

    private ConstantWork(Graph graph) {
        this.graph = graph;
    }

    /// `graph` with the results of that work as constants.
    static Graph done(Graph graph, Backend backend, ModelOptions options, Bodies bodies) {
        ConstantWork work = new ConstantWork(graph);
        graph.nodes().forEach(work::look);
        if (work.nodes.isEmpty()) {
            return graph;
        }
        List<Value> wanted = work.wanted();
        try (PlanRunner runner = new PlanRunner(Partition.of(work.alone(wanted), backend), options, bodies)) {
            return work.rest(wanted, runner.run(List.of(), RunControl.NONE));
        } catch (BudgetException | RunException | ShapeException notHere) {
            return graph; // in every run, piece by piece, it may fit the budget; what fails says so then
        }
    }

    /// Takes `n` if all its operands are constants or results of nodes that were taken.
    private void look(Node n) {
        boolean computed =
                (n.op() instanceof PrimitiveOp || n.op() instanceof CompositeOp) && !(n.op() instanceof Randoms);
        long elements = 0;
        for (Value v : n.inputs()) {
            long source = v.constant().isPresent() ? v.shape().elements() : sources.getOrDefault(v, -1L);
            if (source < 0) {
                return;
            }
            elements += source;
        }
        long most = elements * GROWTH;
        if (computed && n.outputs().stream().allMatch(v -> isKept(v, most))) {
            nodes.add(n);
            for (Value v : n.outputs()) {
                sources.put(v, elements);
            }
        }
    }

    private static boolean isKept(Value v, long most) {
        return v.type() instanceof TensorType(DType dtype, Shape shape)
                && !dtype.isHostOnly()
                && shape.isConcrete()
                && shape.elements() <= most;
    }

    /// The results that the rest of the graph reads.
    private List<Value> wanted() {
        Set<Value> wanted = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Value> ordered = new ArrayList<>();
        for (Node n : graph.nodes()) {
            if (!nodes.contains(n)) {
                n.inputs().stream()
                        .filter(sources::containsKey)
                        .filter(wanted::add)
                        .forEach(ordered::add);
            }
        }
        graph.outputs().stream()
                .filter(sources::containsKey)
                .filter(wanted::add)
                .forEach(ordered::add);
        return ordered;
    }

    private Graph alone(List<Value> wanted) {
        GraphBuilder g = new GraphBuilder(graph.name() + " constants");
        Map<Value, Value> to = new IdentityHashMap<>();
        graph.nodes().stream().filter(nodes::contains).forEach(n -> g.copy(n, to));
        for (int i = 0; i < wanted.size(); i++) {
            Value v = wanted.get(i);
            g.output("constant " + i, to.getOrDefault(v, v));
        }
        return g.build();
    }

    private Graph rest(List<Value> wanted, List<Datum> results) {
        GraphCopy copy = new GraphCopy(graph).inputs();
        for (int i = 0; i < wanted.size(); i++) {
            copy.put(wanted.get(i), copy.builder().constant(results.get(i).asTensor()));
        }
        graph.nodes().stream().filter(n -> !nodes.contains(n)).forEach(copy::copy);
        return copy.finish();
    }
}
