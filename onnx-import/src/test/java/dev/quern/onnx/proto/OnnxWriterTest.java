package dev.quern.onnx.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import onnx.OnnxMl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Writing: to a file, a stream and an array, all of it or nothing, and nothing changed but what was asked for.
class OnnxWriterTest {
    private static final Path DIGITS = Path.of("..", "fixtures", "models", "digits-cnn", "model.onnx");

    @TempDir
    private Path folder;

    @Test
    void fileStreamAndArrayAreTheSame() throws IOException {
        ModelProto model = OnnxReader.readModel(DIGITS);
        Path file = folder.resolve("out.onnx");
        ByteArrayOutputStream stream = new ByteArrayOutputStream();

        OnnxWriter.write(model, file);
        OnnxWriter.write(model, stream);

        assertThat(file).hasBinaryContent(OnnxWriter.toBytes(model));
        assertThat(stream.toByteArray()).isEqualTo(OnnxWriter.toBytes(model));
    }

    @Test
    void overTheFileThatTheModelIsMappedFrom() throws IOException {
        Path file = Files.copy(DIGITS, folder.resolve("model.onnx"));
        ModelProto model = OnnxReader.readModel(file);

        OnnxWriter.write(model.withMetadataProps(List.of(new StringStringEntryProto("tuned", "yes"))), file);

        ModelProto written = OnnxReader.readModel(file);
        assertThat(written.graph()).isEqualTo(model.graph());
        assertThat(written.metadataProps()).containsExactly(new StringStringEntryProto("tuned", "yes"));
        assertThat(filesIn(folder)).containsExactly(file);
    }

    @Test
    void nothingIsLeftOfAFailure() throws IOException {
        Path occupied = Files.createDirectories(folder.resolve("model.onnx").resolve("not-empty"))
                .getParent();

        assertThatThrownBy(() -> OnnxWriter.write(OnnxReader.readModel(DIGITS), occupied))
                .isInstanceOf(IOException.class);
        assertThat(filesIn(folder)).containsExactly(occupied);
    }

    @Test
    void aChangedInitializerChangesNothingElse() throws IOException {
        ModelProto model = OnnxReader.readModel(DIGITS);
        List<TensorProto> initializers = new ArrayList<>(model.graph().initializers());
        TensorProto first = initializers.getFirst();
        float[] values = TensorElements.of(first, ExternalData.none("digits")).toFloats();
        values[0] = 42;
        TensorProto changed =
                TensorEncoder.encode(first.name(), DataType.FLOAT, first.dims().toLongs(), values);
        initializers.set(0, first.withData(changed.data()));

        byte[] written = OnnxWriter.toBytes(model.withGraph(model.graph().withInitializers(initializers)));

        OnnxMl.ModelProto.Builder expected = OnnxMl.ModelProto.parseFrom(Files.readAllBytes(DIGITS)).toBuilder();
        expected.getGraphBuilder()
                .getInitializerBuilder(0)
                .setRawData(ByteString.copyFrom(changed.data().rawData().toArray()));
        assertThat(OnnxMl.ModelProto.parseFrom(written)).isEqualTo(expected.build());
    }

    @Test
    void moreThanProtobufCanHold() {
        // one megabyte, linked in 2100 times and never copied
        Bytes megabyte = Bytes.of(new byte[1 << 20]);
        TensorProto tensor = TensorProto.of("w", DataType.UINT8, new long[] {1 << 20}, TensorData.raw(megabyte));
        List<TensorProto> initializers =
                Stream.generate(() -> tensor).limit(2100).toList();
        GraphProto graph = GraphProto.of("g", List.of(), initializers, List.of(), List.of());
        ModelProto model = ModelProto.of(10, "quern", "0", graph, List.of());

        assertThatThrownBy(() -> OnnxWriter.toBytes(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("write the weights as external data");
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
