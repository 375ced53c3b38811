package dev.quern.onnx.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A model that leaves the folder of its weights takes them along.
class ExternalInlinerTest {
    private static final Path OUTSIDE = Path.of("..", "fixtures", "models", "digits-mlp-external", "model.onnx");
    private static final Path INSIDE = Path.of("..", "fixtures", "models", "digits-mlp", "model.onnx");

    @TempDir
    private Path folder;

    @Test
    void theFixtureBecomesItsTwin() throws IOException {
        Path saved = folder.resolve("model.onnx");

        OnnxWriter.write(ExternalInliner.inline(OnnxReader.readModel(OUTSIDE), ExternalData.beside(OUTSIDE)), saved);

        assertThat(OnnxReader.readModel(saved).graph().initializers())
                .extracting(
                        TensorProto::name,
                        TensorProto::dims,
                        tensor -> tensor.data().rawData())
                .isEqualTo(OnnxReader.readModel(INSIDE).graph().initializers().stream()
                        .map(t -> tuple(t.name(), t.dims(), t.data().rawData()))
                        .toList());
    }

    @Test
    void tensorsInsideBodiesAndFunctions() throws IOException {
        TensorProto weight = OnnxReader.readModel(OUTSIDE).graph().initializers().stream()
                .filter(tensor -> tensor.data().isExternal())
                .findFirst()
                .orElseThrow();
        NodeProto constant =
                NodeProto.of("", "Constant", "c", List.of(), List.of("w"), List.of(AttributeProto.of("value", weight)));
        GraphProto body = GraphProto.of("body", List.of(constant), List.of(weight), List.of(), List.of());
        NodeProto branch = NodeProto.of(
                "", "If", "if", List.of("x"), List.of("y"), List.of(AttributeProto.of("then_branch", body)));
        FunctionProto function = new FunctionProto(
                "f",
                List.of(),
                List.of("w"),
                List.of(),
                List.of(constant),
                "",
                List.of(),
                "local",
                List.of(),
                List.of(),
                "",
                List.of(),
                Extras.NONE);
        GraphProto graph = GraphProto.of("g", List.of(branch), List.of(), List.of(), List.of());
        ModelProto model = ModelProto.of(10, "test", "1", graph, List.of()).withFunctions(List.of(function));

        ModelProto inlined = ExternalInliner.inline(model, ExternalData.beside(OUTSIDE));

        assertThat(new String(OnnxWriter.toBytes(model), StandardCharsets.ISO_8859_1))
                .contains("weights.bin");
        assertThat(new String(OnnxWriter.toBytes(inlined), StandardCharsets.ISO_8859_1))
                .doesNotContain("weights.bin");
        assertThatThrownBy(() -> ExternalInliner.inline(model, ExternalData.none("array")))
                .isInstanceOf(MalformedProtoException.class);
    }
}
