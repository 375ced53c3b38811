package dev.quern.differential;

import dev.quern.onnx.OnnxTensors;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.TensorShapeProto;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The body of a control-flow operator, written node by node.
final class BodyDraw {
    private final String prefix;
    private final List<NodeProto> nodes = new ArrayList<>();
    private final List<ValueInfoProto> inputs = new ArrayList<>();
    private final List<ValueInfoProto> outputs = new ArrayList<>();

    /// @param prefix for the names of values
    BodyDraw(String prefix) {
        this.prefix = prefix;
    }

    /// An input of any shape.
    String input(DType dtype) {
        return input(dtype, null);
    }

    /// A scalar as input.
    String scalar(DType dtype) {
        return input(dtype, TensorShapeProto.of(List.of()));
    }

    private String input(DType dtype, @Nullable TensorShapeProto shape) {
        String name = prefix + "i" + inputs.size();
        inputs.add(declared(name, dtype, shape));
        return name;
    }

    /// The result of a node; operands may be values of the graph around.
    String node(String operator, List<String> operands, AttributeProto... attributes) {
        String result = prefix + "v" + nodes.size();
        nodes.add(NodeProto.of("", operator, result, operands, List.of(result), List.of(attributes)));
        return result;
    }

    /// A result of the body, of any shape.
    BodyDraw output(String name, DType dtype) {
        outputs.add(declared(name, dtype, null));
        return this;
    }

    GraphProto graph() {
        return GraphProto.of(prefix + "body", nodes, List.of(), inputs, outputs);
    }

    private static ValueInfoProto declared(String name, DType dtype, @Nullable TensorShapeProto shape) {
        var type = OnnxTensors.encode("", Tensor.zeros(dtype)).type().orElseThrow();
        return ValueInfoProto.of(name, TypeProto.tensor(type, shape));
    }
}
