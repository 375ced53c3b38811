package dev.quern.graph;

import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/// Runs a graph node by node, by each operator's own meaning: slow, exact, the oracle of everything else.
public final class Evaluator implements HostOp.Host {
    private final BiConsumer<Node, List<Datum>> trace;

    public Evaluator() {
        this((node, results) -> {});
    }

    /// @param trace is told each node of the outermost graph with its results
    public Evaluator(BiConsumer<Node, List<Datum>> trace) {
        this.trace = trace;
    }

    /// The outputs of `graph` for the values of its inputs.
    @Override
    public List<Datum> run(Graph graph, List<Datum> in) {
        Map<Value, Datum> values = new IdentityHashMap<>();
        for (int i = 0; i < in.size(); i++) {
            values.put(graph.inputs().get(i), in.get(i));
        }
        for (Node n : graph.nodes()) {
            List<Datum> operands = new ArrayList<>();
            for (Value v : n.inputs()) {
                operands.add(get(values, v));
            }
            List<Datum> results = evaluate(n.op(), operands);
            for (int i = 0; i < n.outputs().size(); i++) {
                values.put(n.output(i), results.get(i));
            }
            trace.accept(n, results);
        }
        return graph.outputs().stream().map(v -> get(values, v)).toList();
    }

    /// The results of one operator.
    public List<Datum> evaluate(Op op, List<Datum> in) {
        return switch (op) {
            case PrimitiveOp p ->
                List.copyOf(p.evaluate(in.stream().map(Datum::asTensor).toList()));
            case HostOp h -> h.evaluate(new Evaluator(), in);
            case CompositeOp c -> {
                Graph body = Expansion.of(c, Operands.ofValues(in));
                List<Datum> free =
                        in.stream().filter(d -> !(d instanceof Tensor)).toList();
                yield new Evaluator().run(body, free);
            }
            case OpaqueOp o -> throw new UnsupportedOperationException(o.reason());
        };
    }

    private static Datum get(Map<Value, Datum> values, Value v) {
        if (v.definition() instanceof Value.Constant c) {
            return c.tensor();
        }
        Datum d = values.get(v);
        if (d == null) {
            throw new IllegalStateException("value %" + v.name() + " is used before it is computed");
        }
        return d;
    }

    @Override
    public void checkCancelled() {}
}
