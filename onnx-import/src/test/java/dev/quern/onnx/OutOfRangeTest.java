package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.graph.OpaqueOp;
import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.DataType;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.onnx.proto.TensorShapeProto;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Numbers that a damaged file gives: a node that cannot be, not an arithmetic error.
class OutOfRangeTest {
    private static String reason(String operator, String attribute, long... numbers) {
        TypeProto type = TypeProto.tensor(DataType.FLOAT, TensorShapeProto.of(List.of()));
        NodeProto node = NodeProto.of(
                "", operator, "n", List.of("x"), List.of("y"), List.of(AttributeProto.ofInts(attribute, numbers)));
        GraphProto graph = GraphProto.of(
                "g",
                List.of(node),
                List.of(),
                List.of(ValueInfoProto.of("x", type)),
                List.of(ValueInfoProto.of("y", type)));
        ModelProto model = ModelProto.of(4, "test", "", graph, List.of(new OperatorSetIdProto("", 10)));
        OpaqueOp refused = (OpaqueOp) new OnnxFormat()
                .load(OnnxWriter.toBytes(model))
                .graph()
                .nodes()
                .getFirst()
                .op();
        return refused.reason();
    }

    @Test
    void areNamed() {
        assertThat(reason("Transpose", "perm", 1L << 40)).contains("out of range");
        assertThat(reason("Pad", "pads", 1L << 40, 0)).isNotEmpty();
    }
}
