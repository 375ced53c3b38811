package dev.quern.onnx.proto;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Function;

/// Reads ONNX files. A file is mapped, not copied: the records hold windows on it, and the mapping ends when the last
/// of them is garbage. Do not shorten or overwrite a file that is in use; replace it, as [OnnxWriter] does.
///
/// Every method throws [MalformedProtoException] if the bytes are damaged; `origin` names them there.
public final class OnnxReader {
    private OnnxReader() {}

    /// Reads a model file.
    /// @throws IOException if the file cannot be read
    public static ModelProto readModel(Path file) throws IOException {
        return readModel(map(file), file.toString());
    }

    /// Reads a model from an array, which must not change afterwards.
    public static ModelProto readModel(byte[] bytes, String origin) {
        return readModel(MemorySegment.ofArray(bytes), origin);
    }

    /// Reads a model from memory, which must not change afterwards.
    public static ModelProto readModel(MemorySegment bytes, String origin) {
        if (bytes.byteSize() == 0) {
            throw new MalformedProtoException(origin + ": the file is empty, not an ONNX model");
        }
        return read(bytes, origin, ModelProto::read);
    }

    /// Reads a tensor (`input_0.pb` of a test data set).
    /// @throws IOException if the file cannot be read
    public static TensorProto readTensor(Path file) throws IOException {
        return read(map(file), file.toString(), TensorProto::read);
    }

    /// Reads a tensor from an array, which must not change afterwards.
    public static TensorProto readTensor(byte[] bytes, String origin) {
        return read(MemorySegment.ofArray(bytes), origin, TensorProto::read);
    }

    /// Reads a sequence.
    /// @throws IOException if the file cannot be read
    public static SequenceProto readSequence(Path file) throws IOException {
        return read(map(file), file.toString(), SequenceProto::read);
    }

    /// Reads a sequence from an array, which must not change afterwards.
    public static SequenceProto readSequence(byte[] bytes, String origin) {
        return read(MemorySegment.ofArray(bytes), origin, SequenceProto::read);
    }

    /// Reads an optional.
    /// @throws IOException if the file cannot be read
    public static OptionalProto readOptional(Path file) throws IOException {
        return read(map(file), file.toString(), OptionalProto::read);
    }

    /// Reads an optional from an array, which must not change afterwards.
    public static OptionalProto readOptional(byte[] bytes, String origin) {
        return read(MemorySegment.ofArray(bytes), origin, OptionalProto::read);
    }

    /// Reads a map.
    /// @throws IOException if the file cannot be read
    public static MapProto readMap(Path file) throws IOException {
        return read(map(file), file.toString(), MapProto::read);
    }

    /// Reads a map from an array, which must not change afterwards.
    public static MapProto readMap(byte[] bytes, String origin) {
        return read(MemorySegment.ofArray(bytes), origin, MapProto::read);
    }

    private static <T> T read(MemorySegment bytes, String origin, Function<ProtoReader, T> message) {
        if (bytes.byteSize() > ProtoWriter.MAX_BYTES) {
            throw new MalformedProtoException(origin + ": " + bytes.byteSize()
                    + " bytes are too many for one protobuf message; keep the weights as external data");
        }
        return ProtoReader.readAll(bytes, origin, message);
    }

    private static MemorySegment map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        }
    }
}
