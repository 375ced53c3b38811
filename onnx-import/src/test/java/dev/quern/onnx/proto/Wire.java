package dev.quern.onnx.proto;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Writes protobuf by hand, right or wrong, for the tests.
final class Wire {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Wire tag(int field, int wireType) {
        return varint((long) field << 3 | wireType);
    }

    Wire varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    Wire raw(int... bytes) {
        for (int value : bytes) {
            out.write(value);
        }
        return this;
    }

    Wire bytes(int field, byte[] bytes) {
        tag(field, WireType.LENGTH_DELIMITED).varint(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    Wire string(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    Wire message(int field, Wire message) {
        return bytes(field, message.toBytes());
    }

    byte[] toBytes() {
        return out.toByteArray();
    }
}
