package dev.quern.compile;

import dev.quern.backend.Backend;
import dev.quern.backend.RunControl;
import dev.quern.compile.Plan.Region;
import dev.quern.graph.CompositeOp;
import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Op;
import dev.quern.graph.Value;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Rebuilds a region for one binding: every type concrete, keyed inputs as constants, values that follow from shapes
/// as constants, composites expanded unless the backend claims them.
final class Concretizer {
    private final Backend backend;
    private final RunControl control;
    private GraphBuilder builder;

    private Concretizer(Backend backend, RunControl control) {
        this.backend = backend;
        this.control = control;
        this.builder = newBuilder(control);
    }

    /// Asks `control` at every node that is added: a composite may expand to thousands.
    private static GraphBuilder newBuilder(RunControl control) {
        return GraphBuilder.interning("bound").watchedBy(control::check);
    }

    /// A graph whose inputs are those of `region`, in order, and whose outputs are the region's.
    static Graph of(Region region, Binding binding, RunControl control) {
        return new Concretizer(region.backend(), control).concretize(region, binding);
    }

    private Graph concretize(Region region, Binding binding) {
        Map<Value, Value> to = new IdentityHashMap<>();
        int k = 0;
        for (int i = 0; i < region.inputs().size(); i++) {
            Value v = region.inputs().get(i);
            Value input = builder.input(v.name(), Type.tensor(binding.dtype(i), Shape.of(binding.dims(i))));
            Tensor fixed = region.keyed().contains(v) ? binding.value(k++) : null;
            to.put(v, fixed == null ? input : builder.constant(fixed));
        }
        for (Node n : region.nodes()) {
            copy(n, to);
        }
        List<Value> outputs = region.outputs().stream().map(v -> resolve(to, v)).toList();
        for (int i = 0; i < outputs.size(); i++) {
            builder.output(region.outputs().get(i).name(), outputs.get(i));
        }
        Graph graph = builder.build();
        while (graph.nodes().stream().anyMatch(n -> isExpanded(n.op(), n))) {
            graph = expand(graph);
        }
        return graph;
    }

    private void copy(Node n, Map<Value, Value> to) {
        builder.at(n.origins().isEmpty() ? List.of(n.op().name()) : n.origins());
        List<Value> in = new ArrayList<>();
        for (Value v : n.inputs()) {
            in.add(resolve(to, v));
        }
        List<Value> out =
                n.op() instanceof CompositeOp c && isExpanded(c, n) ? c.expand(builder, in) : builder.apply(n.op(), in);
        for (int i = 0; i < n.outputs().size(); i++) {
            Value v = out.get(i);
            to.put(
                    n.output(i),
                    v.producer().isEmpty()
                            ? v
                            : builder.valueOf(v).map(builder::constant).orElse(v));
        }
    }

    private static Value resolve(Map<Value, Value> to, Value v) {
        return v.definition() instanceof Value.Constant ? v : to.getOrDefault(v, v);
    }

    /// One more round, for composites that composites have expanded to.
    private Graph expand(Graph graph) {
        builder = newBuilder(control);
        Map<Value, Value> to = new IdentityHashMap<>();
        for (Value v : graph.inputs()) {
            to.put(v, builder.input(v.name(), v.type()));
        }
        for (Node n : graph.nodes()) {
            copy(n, to);
        }
        for (int i = 0; i < graph.outputs().size(); i++) {
            builder.output(
                    graph.outputNames().get(i), resolve(to, graph.outputs().get(i)));
        }
        return builder.build();
    }

    private boolean isExpanded(Op op, Node n) {
        return op instanceof CompositeOp
                && !backend.claims(
                        op, n.inputs().stream().map(v -> v.type().asTensor()).toList());
    }
}
