package dev.quern.op;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.Node;
import dev.quern.graph.Value;
import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Several iterations of a loop's body as one graph, where an iteration is so little work that running it costs more:
/// element-wise operators on a few numbers, which become one kernel. Only types that are rounded after each operation
/// are meant, so that no bit depends on it, and loops that nothing but their trip count ends.
final class Unrolling {
    /// Iterations in one graph at most.
    private static final int MOST = 32;

    /// Nodes in one graph at most, and results.
    private static final int NODES = 128;

    /// Elements of a value that is little work.
    private static final int FEW = 64;

    private final Graph body;
    private final int carried;
    private final int times;

    Unrolling(Graph body, int carried) {
        this.body = body;
        this.carried = carried;
        int scans = body.outputs().size() - 1 - carried;
        boolean fits = goesOn(body) && body.nodes().stream().allMatch(Unrolling::isCheap);
        this.times = fits ? Math.min(MOST, NODES / Math.max(body.nodes().size(), 1 + scans)) : 1;
    }

    /// How many iterations are one graph; 1 where there is no such graph.
    int times() {
        return times;
    }

    /// Whether these operands of the body are small enough.
    static boolean isLittle(List<Datum> operands) {
        return operands.stream().allMatch(d -> d instanceof Tensor t && t.length() <= FEW);
    }

    /// Whether the condition that the body gives is the one that it was given, or always true.
    private static boolean goesOn(Graph body) {
        Value condition = handedOn(body.outputs().getFirst());
        return condition == body.inputs().get(1)
                || condition.constant().filter(t -> t.getLong(0) != 0).isPresent();
    }

    private static Value handedOn(Value v) {
        Value from = v;
        while (from.producer().isPresent() && from.producer().get().op() instanceof Passing.Identity) {
            from = from.producer().get().input(0);
        }
        return from;
    }

    private static boolean isCheap(Node n) {
        return (n.op() instanceof ElementwiseOp || n.op() instanceof Passing.Identity)
                && n.outputs().stream()
                        .allMatch(v -> v.type() instanceof Type.TensorType t
                                && !t.dtype().isHostOnly()
                                && t.dtype().computeType() == t.dtype());
    }

    /// The graph: inputs as the body, the first iteration's number among them; outputs the condition, the carried
    /// values, and the elements of the scan outputs, iteration after iteration.
    Graph graph() {
        GraphBuilder g = new GraphBuilder(body.name());
        Map<Value, Value> inputs = new IdentityHashMap<>();
        body.inputs().forEach(v -> inputs.put(v, g.input(v.name(), v.type())));
        Value first = inputs.get(body.inputs().getFirst());
        List<Value> state =
                body.inputs().subList(2, 2 + carried).stream().map(inputs::get).toList();
        List<Value> scanned = new ArrayList<>();
        for (int t = 0; t < times; t++) {
            Map<Value, Value> to = new IdentityHashMap<>(inputs);
            to.put(
                    body.inputs().getFirst(),
                    g.apply(Arithmetic.ADD, List.of(first, g.constant(Tensor.scalar(DType.I64, (long) t))))
                            .getFirst());
            for (int i = 0; i < carried; i++) {
                to.put(body.inputs().get(2 + i), state.get(i));
            }
            body.nodes().forEach(n -> g.copy(n, to));
            List<Value> out =
                    body.outputs().stream().map(v -> to.getOrDefault(v, v)).toList();
            state = out.subList(1, 1 + carried);
            scanned.addAll(out.subList(1 + carried, out.size()));
        }
        Value condition = handedOn(body.outputs().getFirst());
        g.output("goes on", inputs.getOrDefault(condition, condition));
        for (int i = 0; i < carried; i++) {
            g.output("carried" + i, state.get(i));
        }
        for (int i = 0; i < scanned.size(); i++) {
            g.output("scanned" + i, scanned.get(i));
        }
        return g.build();
    }
}
