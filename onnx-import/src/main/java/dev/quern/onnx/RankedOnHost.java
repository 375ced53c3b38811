package dev.quern.onnx;

import dev.quern.graph.Graph;
import dev.quern.graph.GraphBuilder;
import dev.quern.graph.HostOp;
import dev.quern.graph.Operands;
import dev.quern.graph.ReadWhenRanked;
import dev.quern.graph.Value;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// As [RankedLater], a node of strings, of sequences, with bodies, or whose results have extents that depend on data:
/// it is read for each combination of ranks that comes along, and runs as a graph of its own.
final class RankedOnHost implements HostOp, ReadWhenRanked {
    private final LateReading reading;
    private final List<Value> operands;
    private final List<Type> types;
    private final Map<List<Type>, Graph> graphs = new ConcurrentHashMap<>();

    /// @param operands what the node reads
    /// @param types of the results
    RankedOnHost(LateReading reading, List<Value> operands, List<Type> types) {
        this.reading = reading;
        this.operands = List.copyOf(operands);
        this.types = List.copyOf(types);
    }

    LateReading reading() {
        return reading;
    }

    @Override
    public String name() {
        return reading.row().name();
    }

    @Override
    public List<Type> infer(Operands in) {
        return types;
    }

    @Override
    public List<Value> read(GraphBuilder g, List<Value> in) {
        return reading.read(g, in);
    }

    @Override
    public List<Datum> evaluate(Host host, List<Datum> in) {
        List<Type> ranked = new ArrayList<>();
        List<Datum> given = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            ranked.add(
                    in.get(i) instanceof Tensor t ? ofRank(t) : operands.get(i).type());
            if (constant(i).isEmpty()) {
                given.add(in.get(i));
            }
        }
        return host.run(graphs.computeIfAbsent(ranked, this::graph), given);
    }

    private Optional<Tensor> constant(int i) {
        return operands.get(i).constant();
    }

    private static Type ofRank(Tensor t) {
        return Type.tensor(t.dtype(), Shape.of(Collections.nCopies(t.rank(), Dim.UNKNOWN)));
    }

    private Graph graph(List<Type> ranked) {
        GraphBuilder g = new GraphBuilder(name());
        List<Value> in = new ArrayList<>();
        for (int i = 0; i < ranked.size(); i++) {
            in.add(constant(i).isPresent() ? operands.get(i) : g.input("operand" + i, ranked.get(i)));
        }
        List<Value> out = reading.read(g, in);
        for (int i = 0; i < types.size(); i++) {
            g.output("result" + i, out.get(i));
        }
        return g.build();
    }
}
