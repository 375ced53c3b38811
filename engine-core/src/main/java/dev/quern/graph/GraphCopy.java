package dev.quern.graph;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// A graph that is being made out of another one, node by node: what a pass that changes little starts from. Constants
/// stand for themselves until something else is put in their place.
public final class GraphCopy {
    private final Graph from;
    private final GraphBuilder builder;
    private final Map<Value, Value> to = new IdentityHashMap<>();

    public GraphCopy(Graph from) {
        this.from = from;
        this.builder = new GraphBuilder(from.name());
    }

    public GraphBuilder builder() {
        return builder;
    }

    /// Takes over the inputs as they are.
    public GraphCopy inputs() {
        from.inputs().forEach(v -> put(v, builder.input(v.name(), v.type())));
        return this;
    }

    /// What `v` has become.
    public Value of(Value v) {
        return to.getOrDefault(v, v);
    }

    /// What `values` have become.
    public List<Value> of(List<Value> values) {
        return values.stream().map(this::of).toList();
    }

    /// Says what a value becomes.
    public void put(Value before, Value after) {
        to.put(before, after);
    }

    /// Takes over a node, on what its operands have become.
    public GraphCopy copy(Node n) {
        builder.copy(n, to);
        return this;
    }

    /// Applies `op` in the place of a node, to what its operands have become.
    public GraphCopy copy(Node n, Op op) {
        return copy(n, op, of(n.inputs()));
    }

    /// Applies `op` in the place of a node, to `operands` of the graph that is made.
    public GraphCopy copy(Node n, Op op, List<Value> operands) {
        builder.at(n.origins());
        List<String> names = n.outputs().stream().map(Value::name).toList();
        List<Value> results = builder.apply(op, operands, names);
        for (int i = 0; i < results.size(); i++) {
            put(n.output(i), results.get(i));
        }
        return this;
    }

    /// The graph that was made, with the outputs under their names.
    public Graph finish() {
        for (int i = 0; i < from.outputs().size(); i++) {
            builder.output(from.outputNames().get(i), of(from.outputs().get(i)));
        }
        return builder.build();
    }
}
