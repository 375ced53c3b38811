package dev.quern.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quern.onnx.proto.AttributeProto;
import dev.quern.onnx.proto.GraphProto;
import dev.quern.onnx.proto.ModelProto;
import dev.quern.onnx.proto.NodeProto;
import dev.quern.onnx.proto.OnnxReader;
import dev.quern.onnx.proto.OnnxWriter;
import dev.quern.onnx.proto.OperatorSetIdProto;
import dev.quern.onnx.proto.TypeProto;
import dev.quern.onnx.proto.ValueInfoProto;
import dev.quern.session.ModelFormat;
import dev.quern.session.SaveOptions;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Type;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A model with branches whose results have different ranks, written anew.
final class BranchesTest {
    private static final TypeProto MATRIX = floats(Dim.symbol("n"), Dim.symbol("m"));

    @TempDir
    Path folder;

    private static TypeProto floats(Dim... dims) {
        return OnnxTypes.proto(Type.tensor(DType.F32, Shape.of(List.of(dims))));
    }

    private static GraphProto branch(String operator) {
        return GraphProto.of(
                operator,
                List.of(NodeProto.of("", operator, "the" + operator, List.of("x"), List.of(operator), List.of())),
                List.of(),
                List.of(),
                List.of(ValueInfoProto.of(operator, floats())));
    }

    /// Unique gives a vector, Relu a matrix.
    private static ModelFormat.Loaded loaded() {
        NodeProto choice = NodeProto.of(
                "",
                "If",
                "choice",
                List.of("condition"),
                List.of("y"),
                List.of(
                        AttributeProto.of("then_branch", branch("Unique")),
                        AttributeProto.of("else_branch", branch("Relu"))));
        GraphProto graph = GraphProto.of(
                "branches",
                List.of(choice),
                List.of(),
                List.of(
                        ValueInfoProto.of("x", MATRIX),
                        ValueInfoProto.of("condition", OnnxTypes.proto(Type.tensor(DType.BOOL)))),
                List.of(ValueInfoProto.of("y", MATRIX)));
        ModelProto model = ModelProto.of(8, "test", "", graph, List.of(new OperatorSetIdProto("", 17)));
        return new OnnxFormat().load(OnnxWriter.toBytes(model));
    }

    private ModelProto written(ModelFormat.Loaded model, int opset) throws Exception {
        Path file = folder.resolve("written.onnx");
        SaveOptions options =
                SaveOptions.defaults().with(SaveOptions.Form.REWRITE).withOpset(opset);
        new OnnxFormat().save(model.graph(), model.info(), Optional.of(model.source()), file, options);
        return OnnxReader.readModel(file);
    }

    @Test
    void keepTheShapeThatTheFileDeclares() throws Exception {
        ModelFormat.Loaded model = loaded();
        assertThat(model.graph().outputs().getFirst().shape().isRanked()).isFalse();
        assertThat(written(model, 21).graph().outputs().getFirst().type()).isEqualTo(MATRIX);
    }

    @Test
    void nameWhatStandsInTheWayInside() {
        assertThatExceptionOfType(UnwritableGraphException.class)
                .isThrownBy(() -> written(loaded(), 10))
                .satisfies(e -> assertThat(e.obstacles()).singleElement().satisfies(o -> {
                    assertThat(o.operator()).isEqualTo("Unique");
                    assertThat(o.lowest()).hasValue(11);
                }));
    }
}
