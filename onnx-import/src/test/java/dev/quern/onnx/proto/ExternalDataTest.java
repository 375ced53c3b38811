package dev.quern.onnx.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.AbstractStringAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// External data is found below the model's folder, and nowhere else.
class ExternalDataTest {
    @TempDir
    private Path root;

    private Path folder;

    @BeforeEach
    void files() throws IOException {
        folder = Files.createDirectories(root.resolve("model"));
        Files.createDirectories(folder.resolve("sub"));
        Files.write(folder.resolve("w.bin"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        Files.write(folder.resolve("sub").resolve("w.bin"), new byte[] {9});
        Files.write(root.resolve("secret"), new byte[] {42});
    }

    @Test
    void offsetAndLength() {
        assertThat(read(external("w.bin", "3", "2"), 2)).containsExactly(4, 5);
        assertThat(read(external("w.bin", null, null), 4)).containsExactly(1, 2, 3, 4);
        assertThat(read(external("w.bin", "8", "0"), 0)).isEmpty();
        assertThat(read(external("sub/w.bin", "0", "1"), 1)).containsExactly(9);
        assertThat(read(external("./sub/w.bin", "0", "1"), 1)).containsExactly(9);
    }

    @Test
    void fixtureHasTheSameWeightsOutsideAndInside() throws IOException {
        Path models = Path.of("..", "fixtures", "models");
        Path outside = models.resolve("digits-mlp-external").resolve("model.onnx");
        Path inside = models.resolve("digits-mlp").resolve("model.onnx");
        List<TensorProto> expected = OnnxReader.readModel(inside).graph().initializers();
        List<TensorProto> found = OnnxReader.readModel(outside).graph().initializers();

        assertThat(found).anyMatch(tensor -> tensor.data().isExternal());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(TensorElements.of(found.get(i), ExternalData.beside(outside))
                            .toFloats())
                    .isEqualTo(TensorElements.of(expected.get(i), ExternalData.none("inside"))
                            .toFloats());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret", "sub/../../secret", "sub/../w.bin", "..", "/etc/passwd", "../../etc/passwd"})
    void pathsOut(String location) {
        refused(external(location, "0", "1"), 1)
                .endsWith("m.onnx: external data \"" + location + "\" points outside the model's folder " + folder);
    }

    @Test
    void linksOut() throws IOException {
        Files.createSymbolicLink(folder.resolve("link"), root.resolve("secret"));
        Files.createSymbolicLink(folder.resolve("up"), root);
        Files.createSymbolicLink(folder.resolve("inner"), folder.resolve("w.bin"));

        refused(external("link", "0", "1"), 1).contains("points outside the model's folder");
        refused(external("up/secret", "0", "1"), 1).contains("points outside the model's folder");
        assertThat(read(external("inner", "0", "1"), 1))
                .as("a link that stays inside")
                .containsExactly(1);
    }

    @Test
    void aSiblingWhoseNameBeginsAlike() throws IOException {
        Path sibling = Files.createDirectories(root.resolve("model-2"));
        Files.write(sibling.resolve("w.bin"), new byte[] {42});
        Files.createSymbolicLink(folder.resolve("twin"), sibling);

        refused(external("twin/w.bin", "0", "1"), 1).contains("points outside the model's folder");
    }

    @Test
    void whatIsNotThere() {
        refused(external("none.bin", "0", "1"), 1).contains("\"none.bin\" is not in the model's folder");
        refused(external("sub", "0", "1"), 1).contains("\"sub\" is not a file");
        refused(external("", "0", "1"), 1).contains("is not a file");
        refused(external("a\0b", "0", "1"), 1).contains("is not in the model's folder");
        refused(external(null, "0", "1"), 1).contains("tensor \"w\": external data without a location");
    }

    @ParameterizedTest
    @ValueSource(strings = {"9", "8", "7", "9223372036854775807"})
    void rangesOutside(String offset) {
        refused(external("w.bin", offset, "2"), 2).contains("are outside external data \"w.bin\" of 8 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "", "one", "0x10", "9223372036854775808"})
    void numbersThatAreNone(String number) {
        refused(external("w.bin", number, "1"), 1).contains("offset \"" + number + "\" is not a byte count");
        refused(external("w.bin", "0", number), 1).contains("length \"" + number + "\" is not a byte count");
    }

    @Test
    void lengthThatIsNotTheTensors() {
        refused(external("w.bin", "0", "4"), 2)
                .endsWith("m.onnx: tensor \"w\" needs 2 bytes, external data \"w.bin\" announces 4");
    }

    @Test
    void modelsWithoutAFolder() {
        assertThatThrownBy(() -> TensorElements.of(tensor(external("w.bin", "0", "1"), 1), ExternalData.none("array")))
                .isInstanceOf(MalformedProtoException.class)
                .hasMessage(
                        "array: external data \"w.bin\" has no folder to be found in; load the model from its file");
    }

    /// The file is sparse: it takes no room on the disk.
    @Test
    void beyondTwoGigabytes() throws IOException {
        long offset = 3L << 30;
        Path file = folder.resolve("large.bin");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(new byte[] {7, 8}), offset);
        }
        assertThat(read(external("large.bin", Long.toString(offset), "2"), 2)).containsExactly(7, 8);

        TensorElements all = TensorElements.of(
                tensor(external("large.bin", "0", null), offset + 2), ExternalData.beside(folder.resolve("m.onnx")));
        assertThat(all.bytes().byteSize()).isEqualTo(offset + 2);
        assertThatThrownBy(all::toBytes).hasMessageContaining("do not fit in one Java array");
    }

    private byte[] read(TensorData data, long size) {
        return TensorElements.of(tensor(data, size), ExternalData.beside(folder.resolve("m.onnx")))
                .toBytes();
    }

    private AbstractStringAssert<?> refused(TensorData data, long size) {
        ExternalData external = ExternalData.beside(folder.resolve("m.onnx"));
        return assertThatThrownBy(() -> TensorElements.of(tensor(data, size), external))
                .isExactlyInstanceOf(MalformedProtoException.class)
                .message()
                .startsWith(folder.resolve("m.onnx") + ": ");
    }

    private static TensorProto tensor(TensorData data, long size) {
        return TensorProto.of("w", DataType.UINT8, new long[] {size}, data);
    }

    private static TensorData external(@Nullable String location, @Nullable String offset, @Nullable String length) {
        List<StringStringEntryProto> entries = new ArrayList<>();
        add(entries, "location", location);
        add(entries, "offset", offset);
        add(entries, "length", length);
        entries.add(new StringStringEntryProto("checksum", "not read"));
        TensorData template = TensorData.external("", 0, 0);
        return new TensorData(
                template.floatData(),
                template.int32Data(),
                template.stringData(),
                template.int64Data(),
                template.rawData(),
                template.doubleData(),
                template.uint64Data(),
                entries,
                template.dataLocation());
    }

    private static void add(List<StringStringEntryProto> entries, String key, @Nullable String value) {
        if (value != null) {
            entries.add(new StringStringEntryProto(key, value));
        }
    }
}
