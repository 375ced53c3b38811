package dev.quern.onnx.proto;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Writes ONNX files. The same record gives the same bytes, fields in ascending order; a record that was read in that
/// order and not changed gives the bytes that it was read from. A file appears whole or not at all, so a model may be
/// written over the file that it is mapped from.
///
/// Every method throws [IllegalArgumentException] if the message is longer than protobuf allows (2 GB).
public final class OnnxWriter {
    private OnnxWriter() {}

    /// Writes a model file, replacing what is there.
    /// @throws IOException if the file cannot be written; then nothing is left behind
    public static void write(ModelProto model, Path file) throws IOException {
        write(encode(model), file);
    }

    /// Writes a model to a stream, which stays open.
    /// @throws IOException if the stream fails
    public static void write(ModelProto model, OutputStream stream) throws IOException {
        encode(model).writeTo(stream);
    }

    /// The bytes of a model file.
    public static byte[] toBytes(ModelProto model) {
        return encode(model).toBytes();
    }

    /// Writes a tensor file, replacing what is there.
    /// @throws IOException if the file cannot be written; then nothing is left behind
    public static void write(TensorProto tensor, Path file) throws IOException {
        write(encode(tensor), file);
    }

    /// The bytes of a tensor file.
    public static byte[] toBytes(TensorProto tensor) {
        return encode(tensor).toBytes();
    }

    /// Writes a sequence file, replacing what is there.
    /// @throws IOException if the file cannot be written; then nothing is left behind
    public static void write(SequenceProto sequence, Path file) throws IOException {
        write(encode(sequence), file);
    }

    /// The bytes of a sequence file.
    public static byte[] toBytes(SequenceProto sequence) {
        return encode(sequence).toBytes();
    }

    /// Writes an optional's file, replacing what is there.
    /// @throws IOException if the file cannot be written; then nothing is left behind
    public static void write(OptionalProto optional, Path file) throws IOException {
        write(encode(optional), file);
    }

    /// The bytes of an optional's file.
    public static byte[] toBytes(OptionalProto optional) {
        return encode(optional).toBytes();
    }

    private static ProtoWriter encode(ModelProto model) {
        return ProtoWriter.encode(model, ModelProto::write);
    }

    private static ProtoWriter encode(TensorProto tensor) {
        return ProtoWriter.encode(tensor, TensorProto::write);
    }

    private static ProtoWriter encode(SequenceProto sequence) {
        return ProtoWriter.encode(sequence, SequenceProto::write);
    }

    private static ProtoWriter encode(OptionalProto optional) {
        return ProtoWriter.encode(optional, OptionalProto::write);
    }

    private static void write(ProtoWriter encoded, Path file) throws IOException {
        Path target = file.toAbsolutePath();
        String unique =
                ProcessHandle.current().pid() + "-" + Thread.currentThread().threadId();
        Path partial = target.resolveSibling("." + target.getFileName() + "." + unique + ".part");
        try {
            try (FileChannel channel = FileChannel.open(
                    partial,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                encoded.writeTo(channel);
                channel.force(true);
            }
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(partial);
        }
    }
}
