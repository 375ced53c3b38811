package dev.quern.onnx.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

/// Damaged and malicious bytes: a typed error that says where, at once.
class HostileInputTest {
    @Test
    void emptyFile() {
        refused(new byte[0]).hasMessage("model.onnx: the file is empty, not an ONNX model");
    }

    @Test
    void somethingElse() {
        refused("<html><body>Not found</body></html>").hasMessageStartingWith("model.onnx: ");
        refused(new Wire().varint(0x08).varint(8))
                .hasMessage("model.onnx: wrong structure at byte 2: graph is missing: this is not an ONNX model");
    }

    @Test
    void truncated() {
        byte[] graph = new Wire()
                .message(5, new Wire().string(8, "a"))
                .message(5, new Wire().string(8, "b").tag(9, 2).varint(4096).raw(1, 2, 3))
                .toBytes();

        refused(new Wire().bytes(7, graph))
                .hasMessage("model.onnx: truncated at byte 15 in graph.initializer[1].raw_data: "
                        + "4096 bytes announced, 3 left");
    }

    @Test
    void everyPrefixOfAModel() {
        byte[] model = Fixtures.bytes(Fixtures.models().getFirst());
        for (int length = 0; length < model.length; length++) {
            byte[] prefix = Arrays.copyOf(model, length);
            try {
                OnnxReader.readModel(prefix, "model.onnx");
            } catch (MalformedProtoException expected) {
                assertThat(expected).hasMessageStartingWith("model.onnx: ");
            }
        }
    }

    @Test
    void lengthsBeyondReason() {
        for (long length : new long[] {1L << 31, 1L << 32, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
            String announced = Long.toUnsignedString(length) + " bytes announced, 0 left";
            refused(new Wire().tag(7, 2).varint(length)).hasMessageEndingWith("in graph: " + announced);
            refused(new Wire().tag(2, 2).varint(length)).hasMessageEndingWith("in producer_name: " + announced);
            refused(new Wire().tag(99, 2).varint(length)).hasMessageEndingWith("in field 99: " + announced);
            refusedTensor(new Wire().tag(9, 2).varint(length)).hasMessageEndingWith("in raw_data: " + announced);
            refusedTensor(new Wire().tag(4, 2).varint(length)).hasMessageContaining("in float_data: ");
            refusedTensor(new Wire().tag(7, 2).varint(length)).hasMessageEndingWith("in int64_data: " + announced);
        }
    }

    @Test
    void messagesInsideEachOther() {
        Wire graph = new Wire();
        for (int i = 0; i < 40; i++) {
            graph = new Wire().message(1, new Wire().message(5, new Wire().message(6, graph)));
        }
        refused(new Wire().message(7, graph))
                .hasMessageContaining("nested too deeply")
                .hasMessageContaining("graph.node[0]")
                .hasMessageContaining("….")
                .hasMessageEndingWith("more than 100 messages inside each other");

        byte[] sequences = {};
        for (int i = 0; i < 2_000; i++) {
            sequences = new Wire().bytes(5, sequences).toBytes();
        }
        byte[] bytes = sequences;
        assertThatThrownBy(() -> OnnxReader.readSequence(bytes, "deep"))
                .isInstanceOf(MalformedProtoException.class)
                .hasMessageContaining("nested too deeply");
    }

    @Test
    void manyTinyMessagesInAFileThatIsNotSmall() {
        // 48 million empty nodes would take some gigabytes of records
        byte[] nodes = new byte[96 << 20];
        for (int i = 0; i < nodes.length; i += 2) {
            nodes[i] = 1 << 3 | WireType.LENGTH_DELIMITED;
        }
        refused(new Wire().bytes(7, nodes)).hasMessageContaining("too large").hasMessageContaining("raise -Xmx");
    }

    @Test
    void tags() {
        refused(new Wire().varint(0)).hasMessageContaining("bad tag at byte 0").hasMessageContaining("number 0");
        refused(new Wire().varint(1L << 40)).hasMessageContaining("bad tag");
        refused(new Wire().tag(7, 3)).hasMessageContaining("expected length-delimited, found wire type 3");
        refused(new Wire().tag(99, 3)).hasMessageContaining("bad wire type").hasMessageContaining("field 99");
        refused(new Wire().tag(99, 7)).hasMessageContaining("bad wire type");
        refused(new Wire().tag(1, 2).varint(0))
                .hasMessage("model.onnx: wrong wire type at byte 0 in ir_version: "
                        + "expected varint, found length-delimited");
    }

    @Test
    void varints() {
        int[] endless = new int[11];
        Arrays.fill(endless, 0xFF);
        refused(new Wire().tag(1, 0).raw(endless)).hasMessageContaining("longer than 10 bytes");
        refused(new Wire().tag(1, 0).raw(0x80)).hasMessageContaining("a varint has no end");
        refusedTensor(new Wire().tag(7, 2).varint(11).raw(endless)).hasMessageContaining("longer than 10 bytes");
        refusedTensor(new Wire().tag(7, 2).varint(2).raw(1, 0x80)).hasMessageContaining("a varint has no end");
    }

    @Test
    void partsOfNumbers() {
        refusedTensor(new Wire().tag(4, 2).varint(3).raw(1, 2, 3)).hasMessageContaining("elements of 4 bytes");
        refusedTensor(new Wire().tag(10, 2).varint(12).raw(new int[12])).hasMessageContaining("elements of 8 bytes");
        refusedTensor(new Wire().tag(4, 5).raw(1, 2, 3)).hasMessageContaining("4 bytes announced, 3 left");
    }

    @Test
    void textThatIsNoUtf8() {
        byte[] latin1 = {'W', 'e', (byte) 0xE9};
        refused(new Wire().bytes(2, latin1))
                .hasMessage("model.onnx: invalid UTF-8 at byte 2 in producer_name: the 3 bytes are no text");

        byte[] model = new Wire().message(7, new Wire().bytes(10, latin1)).toBytes();
        assertThat(OnnxReader.readModel(model, "model.onnx").graph().docString())
                .as("free text may have any charset")
                .isEmpty();
        assertThat(OnnxWriter.toBytes(OnnxReader.readModel(model, "model.onnx")))
                .isEqualTo(model);
    }

    @Test
    void twoGraphs() {
        refused(new Wire().message(7, new Wire()).message(7, new Wire()))
                .hasMessageContaining("graph occurs a second time");
    }

    @Test
    void attributeWithoutItsValue() {
        Wire attribute = new Wire().string(1, "body").tag(20, 0).varint(AttributeType.GRAPH.code());
        refused(new Wire().message(7, new Wire().message(1, new Wire().message(5, attribute))))
                .hasMessageContaining("in graph.node[0].attribute[0]: g is missing in an attribute of type GRAPH");
    }

    @Test
    void namesThatTryToWriteTheError() {
        String name = "x\nmodel.onnx: all is well\u001b[2J" + "y".repeat(100_000);
        TensorProto tensor = TensorProto.of(name, DataType.FLOAT, new long[] {1}, TensorData.raw(Bytes.EMPTY));
        assertThatThrownBy(() -> TensorElements.of(tensor, ExternalData.none("model")))
                .isInstanceOf(MalformedProtoException.class)
                .satisfies(error ->
                        assertThat(error.getMessage()).hasSizeLessThan(700).doesNotContain("\n", "\u001b"));
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(String text) {
        return refused(Bytes.utf8(text).toArray());
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(Wire wire) {
        return refused(wire.toBytes());
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(byte[] bytes) {
        return assertThatThrownBy(() -> OnnxReader.readModel(bytes, "model.onnx"))
                .isExactlyInstanceOf(MalformedProtoException.class);
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refusedTensor(Wire wire) {
        return assertThatThrownBy(() -> OnnxReader.readTensor(wire.toBytes(), "t.pb"))
                .isExactlyInstanceOf(MalformedProtoException.class);
    }
}
