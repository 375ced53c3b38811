package dev.quern.onnx.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.LongStream;
import onnx.OnnxData;
import onnx.OnnxMl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// protobuf-java with protoc's classes is the oracle of the reader and the writer.
class ProtobufOracleTest {
    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("dev.quern.onnx.proto.Fixtures#models")
    void modelsComeOutAsTheyWentIn(Path file) throws IOException {
        byte[] bytes = Fixtures.bytes(file);

        byte[] written = OnnxWriter.toBytes(OnnxReader.readModel(file));

        assertThat(OnnxMl.ModelProto.parseFrom(written)).isEqualTo(OnnxMl.ModelProto.parseFrom(bytes));
        assertThat(Bytes.of(written)).isEqualTo(Bytes.of(bytes));
    }

    @ParameterizedTest
    @MethodSource("dev.quern.onnx.proto.Fixtures#tensors")
    void tensorsComeOutAsTheyWentIn(Path file) throws IOException {
        assertThat(Bytes.of(OnnxWriter.toBytes(OnnxReader.readTensor(file)))).isEqualTo(Bytes.of(Fixtures.bytes(file)));
    }

    @ParameterizedTest
    @MethodSource("dev.quern.onnx.proto.Fixtures#sequences")
    void sequencesComeOutAsTheyWentIn(Path file) throws IOException {
        assertThat(Bytes.of(OnnxWriter.toBytes(OnnxReader.readSequence(file))))
                .isEqualTo(Bytes.of(Fixtures.bytes(file)));
    }

    /// Every field of every message, absent, default or set, in protobuf's own order: the same bytes come out.
    @ParameterizedTest
    @MethodSource("seeds")
    void randomModelsComeOutByteForByte(long seed) {
        OnnxMl.ModelProto.Builder model = OnnxMl.ModelProto.newBuilder();
        new RandomMessages(seed).fill(model);
        if (!model.hasGraph()) {
            model.setGraph(OnnxMl.GraphProto.getDefaultInstance());
        }
        byte[] bytes = model.build().toByteArray();

        ModelProto read = OnnxReader.readModel(bytes, "random");

        assertThat(Bytes.of(OnnxWriter.toBytes(read))).isEqualTo(Bytes.of(bytes));
        assertThat(OnnxReader.readModel(OnnxWriter.toBytes(read), "again")).isEqualTo(read);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void randomDataComesOutByteForByte(long seed) {
        byte[] sequence = new RandomMessages(seed)
                .fill(OnnxData.SequenceProto.newBuilder())
                .toByteArray();
        byte[] optional = new RandomMessages(seed)
                .fill(OnnxData.OptionalProto.newBuilder())
                .toByteArray();

        assertThat(Bytes.of(OnnxWriter.toBytes(OnnxReader.readSequence(sequence, "random"))))
                .isEqualTo(Bytes.of(sequence));
        assertThat(Bytes.of(OnnxWriter.toBytes(OnnxReader.readOptional(optional, "random"))))
                .isEqualTo(Bytes.of(optional));
    }

    @Test
    void valuesBesideTheDeclaredTypeAndUnknownTypesAreKept() {
        OnnxMl.AttributeProto odd = OnnxMl.AttributeProto.newBuilder()
                .setName("odd")
                .setType(OnnxMl.AttributeProto.AttributeType.INTS)
                .setF(2)
                .addInts(7)
                .setG(OnnxMl.GraphProto.newBuilder().setName("body"))
                .build();
        OnnxMl.NodeProto node = OnnxMl.NodeProto.newBuilder()
                .addAttribute(odd)
                .addAttribute(odd.toBuilder().clearType().clearInts().clearG())
                .build();
        Wire future = new Wire().string(1, "future").tag(20, 0).varint(99).string(40, "?");
        byte[] bytes = new Wire()
                .message(
                        7,
                        new Wire()
                                .message(1, new Wire().bytes(5, future.toBytes()))
                                .message(1, wire(node)))
                .toBytes();

        ModelProto model = OnnxReader.readModel(bytes, "model");

        assertThat(model.graph().nodes().getFirst().attributes().getFirst().value())
                .isEqualTo(new AttributeValue.Unknown(99));
        assertThat(model.graph().nodes().get(1).attributes())
                .extracting(AttributeProto::value)
                .containsExactly(new AttributeValue.OfInts(Varints.of(7)), new AttributeValue.OfFloat(2));
        OnnxMl.GraphProto written = parseModel(OnnxWriter.toBytes(model)).getGraph();
        assertThat(written.getNode(0)).isEqualTo(parseModel(bytes).getGraph().getNode(0));
        assertThat(written.getNode(1).getAttribute(0)).isEqualTo(odd);
        assertThat(written.getNode(1).getAttribute(1).getType())
                .as("the type that old files leave out is written")
                .isEqualTo(OnnxMl.AttributeProto.AttributeType.FLOAT);
    }

    @Test
    void packedAndExpandedNumbersAreBothRead() {
        OnnxMl.TensorProto expected = OnnxMl.TensorProto.newBuilder()
                .addDims(3)
                .addDims(1L << 40)
                .addInt32Data(-1)
                .addInt32Data(300)
                .build();
        // dims packed (protobuf prefers them expanded), int32_data expanded (prefers them packed), in two runs
        byte[] bytes = new Wire()
                .tag(1, 2)
                .varint(1)
                .varint(3)
                .tag(5, 0)
                .varint(-1)
                .tag(1, 0)
                .varint(1L << 40)
                .tag(5, 0)
                .varint(300)
                .toBytes();

        TensorProto read = OnnxReader.readTensor(bytes, "tensor");

        assertThat(read.dims().toLongs()).containsExactly(3, 1L << 40);
        assertThat(read.data().int32Data().toInts()).containsExactly(-1, 300);
        assertThat(parse(OnnxWriter.toBytes(read))).isEqualTo(expected);
    }

    private static Wire wire(Message message) {
        Wire wire = new Wire();
        for (byte next : message.toByteArray()) {
            wire.raw(next);
        }
        return wire;
    }

    private static OnnxMl.ModelProto parseModel(byte[] bytes) {
        try {
            return OnnxMl.ModelProto.parseFrom(bytes);
        } catch (IOException malformed) {
            throw new AssertionError(malformed);
        }
    }

    private static OnnxMl.TensorProto parse(byte[] bytes) {
        try {
            return OnnxMl.TensorProto.parseFrom(bytes);
        } catch (IOException malformed) {
            throw new AssertionError(malformed);
        }
    }
}
