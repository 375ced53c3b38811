package dev.quern.differential;

import ai.onnxruntime.OrtException;
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
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/// A chain of drawn nodes, and what ONNX Runtime makes of them.
final class RandomGraph {
    private final Random random;
    private final int opset;
    private final OnnxRuntime oracle;
    private final List<NodeDraw.Drawn> nodes = new ArrayList<>();
    private final Map<String, Tensor> values = new LinkedHashMap<>();
    private final boolean symbolic;

    RandomGraph(long seed, int opset, OnnxRuntime oracle) {
        this.random = new Random(seed);
        this.opset = opset;
        this.oracle = oracle;
        this.symbolic = random.nextInt(4) == 0;
    }

    /// Adds a node of this row; false where ONNX Runtime does not accept it.
    boolean grow(OperatorDraw row) {
        NodeDraw draw = new NodeDraw(random, opset, "n" + nodes.size() + "_", values);
        row.recipe().accept(draw);
        NodeDraw.Drawn drawn = draw.drawn(row.operator());
        Map<String, Tensor> all = new LinkedHashMap<>(values);
        all.putAll(drawn.inputs());
        all.putAll(drawn.constants());
        try {
            all.putAll(oracle.run(drawn.node(), opsets(), all));
        } catch (OrtException e) {
            return false;
        }
        values.putAll(all);
        nodes.add(drawn);
        return true;
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
                new OperatorSetIdProto("ai.onnx.ml", opset < 9 ? 1 : opset < 15 ? 2 : 3),
                new OperatorSetIdProto("com.microsoft", 1));
    }

    /// Results that no other node uses.
    Set<String> ends() {
        Set<String> used =
                nodes.stream().flatMap(n -> n.node().inputs().stream()).collect(Collectors.toSet());
        return results().stream().filter(r -> !used.contains(r)).collect(Collectors.toSet());
    }

    /// Results of all nodes, in order.
    List<String> results() {
        return nodes.stream().flatMap(n -> n.node().outputs().stream()).toList();
    }

    /// The graph as a file with these results as outputs. A quarter of all graphs have symbolic extents.
    byte[] model(Iterable<String> results) {
        List<NodeProto> protos = nodes.stream().map(NodeDraw.Drawn::node).toList();
        List<TensorProto> constants = new ArrayList<>();
        nodes.forEach(n -> n.constants().forEach((name, t) -> constants.add(OnnxTensors.encode(name, t))));
        List<ValueInfoProto> inputs = new ArrayList<>();
        inputs().forEach((name, t) -> inputs.add(declared(name, t, symbolic)));
        List<ValueInfoProto> outputs = new ArrayList<>();
        results.forEach(name -> outputs.add(declared(name, values.get(name), false)));
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
            text.append("\n  ").append(n.node().opType());
            n.node()
                    .attributes()
                    .forEach(a -> text.append(' ').append(a.name()).append('=').append(text(a.value())));
            for (String in : n.node().inputs()) {
                text.append("\n    ").append(in.isEmpty() ? "absent" : in + " ");
                text.append(in.isEmpty() ? "" : values.get(in));
                text.append(inputs().containsKey(in) ? " (input)" : "");
            }
            n.node()
                    .outputs()
                    .forEach(o -> text.append("\n    -> ").append(o).append(' ').append(values.get(o)));
        }
        return text.toString();
    }

    private static String text(dev.quern.onnx.proto.AttributeValue value) {
        return switch (value) {
            case dev.quern.onnx.proto.AttributeValue.OfInts i ->
                Arrays.toString(i.values().toLongs());
            case dev.quern.onnx.proto.AttributeValue.OfFloats f ->
                Arrays.toString(f.values().toArray());
            case dev.quern.onnx.proto.AttributeValue.OfString s -> s.text();
            default -> value.toString();
        };
    }
}
