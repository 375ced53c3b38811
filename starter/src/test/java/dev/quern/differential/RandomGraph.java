package dev.quern.differential;

import dev.quern.onnx.OnnxTensors;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.onnx.proto.TensorShapeProto;
import dev.quern.onnx.proto.TensorShapeProto.Dimension;
import dev.quern.onnx.proto.TensorShapeProto.Extent;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/// A chain of drawn nodes, and what ONNX Runtime makes of them.
final class RandomGraph {
    private final Random random;
    private final int opset;
    private final OnnxRuntime oracle;
    private final List<NodeDraw.Drawn> nodes = new ArrayList<>();
    private final Map<String, Tensor> values = new LinkedHashMap<>();
    private final List<String> deaths = new ArrayList<>();
    private final boolean symbolic;
    private final Optional<DType> floats;

    RandomGraph(long seed, int opset, OnnxRuntime oracle) {
        this(seed, opset, oracle, Optional.empty());
    }

    /// A graph without floats of other types.
    static RandomGraph ofDoubles(long seed, int opset, OnnxRuntime oracle) {
        return new RandomGraph(seed, opset, oracle, Optional.of(DType.F64));
    }

    private RandomGraph(long seed, int opset, OnnxRuntime oracle, Optional<DType> floats) {
        this.floats = floats;
        this.random = random(seed);
        this.opset = opset;
        this.oracle = oracle;
        this.symbolic = random.nextInt(4) == 0;
    }

    /// Numbers of this seed. Those of a [Random] made from a small seed itself begin alike.
    static Random random(long seed) {
        return new Random(new SplittableRandom(seed).nextLong());
    }

    /// A node that ONNX Runtime does not accept, and what it says.
    record Refusal(NodeDraw.Drawn drawn, String reason) {}

    /// Adds a node of this row, unless ONNX Runtime does not accept it.
    Optional<Refusal> grow(OperatorDraw row) {
        NodeDraw.Drawn drawn = draw(row);
        Map<String, Tensor> all = new LinkedHashMap<>(values);
        all.putAll(drawn.inputs());
        all.putAll(drawn.constants());
        if (!admits(drawn.inputs()) || !admits(drawn.constants())) {
            return Optional.of(new Refusal(drawn, "other floats"));
        }
        Map<String, Tensor> results;
        try {
            results = oracle.run(drawn, opsets(), all);
        } catch (RefusedException e) {
            if (e.isFatal()) {
                deaths.add(e.getMessage() + ": opset " + opset + " " + drawn.text(all));
            }
            return Optional.of(new Refusal(drawn, String.valueOf(e.getMessage())));
        }
        if (!admits(results)) {
            return Optional.of(new Refusal(drawn, "other floats"));
        }
        values.putAll(all);
        values.putAll(results);
        nodes.add(drawn);
        return Optional.empty();
    }

    private boolean admits(Map<String, Tensor> drawn) {
        return floats.isEmpty()
                || drawn.values().stream().allMatch(t -> !t.dtype().isFloat() || t.dtype() == floats.get());
    }

    /// Adds a node of this row without asking ONNX Runtime.
    NodeDraw.Drawn force(OperatorDraw row) {
        NodeDraw.Drawn drawn = draw(row);
        force(drawn);
        return drawn;
    }

    /// Adds a node that ONNX Runtime does not accept.
    void force(NodeDraw.Drawn drawn) {
        values.putAll(drawn.inputs());
        values.putAll(drawn.constants());
        nodes.add(drawn);
    }

    private NodeDraw.Drawn draw(OperatorDraw row) {
        NodeDraw draw = new NodeDraw(random, opset, "n" + nodes.size() + "_", values, floats);
        row.recipe().accept(draw);
        return draw.drawn(row.operator());
    }

    /// Whether the extents of its inputs are left open.
    boolean isSymbolic() {
        return symbolic;
    }

    /// What ended the process of ONNX Runtime while the graph grew.
    List<String> deaths() {
        return deaths;
    }

    List<NodeDraw.Drawn> nodes() {
        return nodes;
    }

    /// Every value by name: inputs, constants and, as ONNX Runtime has them, results.
    Map<String, Tensor> values() {
        return values;
    }

    Map<String, Tensor> inputs() {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        nodes.forEach(n -> inputs.putAll(n.inputs()));
        return inputs;
    }

    List<OperatorSetIdProto> opsets() {
        return List.of(
                new OperatorSetIdProto("", opset),
                new OperatorSetIdProto("ai.onnx.ml", mlVersion()),
                new OperatorSetIdProto("com.microsoft", 1));
    }

    /// As in the releases of the standard.
    private int mlVersion() {
        return opset < 9 ? 1 : opset < 15 ? 2 : opset < 20 ? 3 : opset < 21 ? 4 : 5;
    }

    /// Results that no other node uses.
    Set<String> ends() {
        Set<String> used = nodes.stream().flatMap(n -> n.read().stream()).collect(Collectors.toSet());
        return results().stream().filter(r -> !used.contains(r)).collect(Collectors.toSet());
    }

    /// Results of all nodes, in order.
    List<String> results() {
        return nodes.stream().flatMap(n -> n.node().outputs().stream()).toList();
    }

    /// The graph as a file with these results as outputs. A quarter of all graphs have symbolic extents.
    byte[] model(Iterable<String> results) {
        List<NodeProto> protos = nodes.stream().flatMap(n -> n.nodes().stream()).toList();
        List<TensorProto> constants = new ArrayList<>();
        nodes.forEach(n -> n.constants().forEach((name, t) -> constants.add(OnnxTensors.encode(name, t))));
        List<ValueInfoProto> inputs = new ArrayList<>();
        inputs().forEach((name, t) -> inputs.add(declared(name, t, symbolic)));
        List<ValueInfoProto> outputs = new ArrayList<>();
        results.forEach(name -> outputs.add(
                values.containsKey(name) ? declared(name, values.get(name), false) : ValueInfoProto.of(name, null)));
        GraphProto graph = GraphProto.of("random", protos, constants, inputs, outputs);
        return OnnxWriter.toBytes(ModelProto.of(OnnxRuntime.IR_VERSION, "quern-test", "", graph, opsets()));
    }

    private static ValueInfoProto declared(String name, Tensor t, boolean symbolic) {
        List<Dimension> dims = new ArrayList<>();
        for (long extent : t.shape().extents()) {
            dims.add(Dimension.of(symbolic ? new Extent.Symbol(name + "_d" + dims.size()) : new Extent.Fixed(extent)));
        }
        TypeProto type = TypeProto.tensor(OnnxTensors.encode("", t).type().orElseThrow(), TensorShapeProto.of(dims));
        return ValueInfoProto.of(name, type);
    }

    /// Nodes with the types of their operands, one a line.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("opset " + opset + (symbolic ? ", symbolic" : ""));
        for (NodeDraw.Drawn n : nodes) {
            text.append("\n  ").append(n.text(values));
            n.node()
                    .outputs()
                    .forEach(o -> text.append("\n    -> ").append(o).append(' ').append(values.get(o)));
        }
        return text.toString();
    }
}
