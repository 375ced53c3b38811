package dev.quern.onnx.proto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Writes the wire format of protobuf from the last byte to the first, so that each length is known when its turn comes
/// and no message is visited twice. A message therefore writes its unknown fields first, then its known ones with
/// falling numbers; the file has them rising, as every protobuf library writes them. Long byte fields are linked in,
/// not copied.
final class ProtoWriter {
    /// What protobuf libraries can read as one message.
    static final long MAX_BYTES = Integer.MAX_VALUE;

    private static final int BLOCK = 1 << 14;
    private static final int LINKED = 1 << 12;

    private final Deque<Bytes> chunks = new ArrayDeque<>();
    private byte[] block = new byte[BLOCK];
    private int head = BLOCK;
    private int tail = BLOCK;
    private long chunkBytes;

    private ProtoWriter() {}

    /// Encodes a whole message.
    /// @throws IllegalArgumentException if it is longer than [#MAX_BYTES]
    static <T> ProtoWriter encode(T message, BiConsumer<T, ProtoWriter> write) {
        ProtoWriter out = new ProtoWriter();
        write.accept(message, out);
        out.seal();
        if (out.size() > MAX_BYTES) {
            throw new IllegalArgumentException("the message has " + out.size() + " bytes and protobuf ends at "
                    + MAX_BYTES + "; write the weights as external data");
        }
        return out;
    }

    /// The number of bytes so far.
    long size() {
        return chunkBytes + (tail - head);
    }

    void int64(int field, long value, Extras extras) {
        if (value != 0 || extras.isExplicit(field)) {
            int64(field, value);
        }
    }

    /// Writes the value even if it is the default: for a choice among fields, where presence speaks.
    void int64(int field, long value) {
        varint(value);
        tag(field, WireType.VARINT);
    }

    void float32(int field, float value) {
        int bits = Float.floatToRawIntBits(value);
        prepend(new byte[] {(byte) bits, (byte) (bits >> 8), (byte) (bits >> 16), (byte) (bits >> 24)});
        tag(field, WireType.FIXED32);
    }

    void string(int field, String value, Extras extras) {
        if (!value.isEmpty() || extras.isExplicit(field)) {
            string(field, value);
        }
    }

    void string(int field, String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        prepend(text);
        varint(text.length);
        tag(field, WireType.LENGTH_DELIMITED);
    }

    void strings(int field, List<String> values) {
        values.reversed().forEach(value -> string(field, value));
    }

    void bytes(int field, Bytes value, Extras extras) {
        if (!value.isEmpty() || extras.isExplicit(field)) {
            bytes(field, value);
        }
    }

    void bytes(int field, Bytes value) {
        prepend(value);
        varint(value.size());
        tag(field, WireType.LENGTH_DELIMITED);
    }

    void bytesList(int field, List<Bytes> values) {
        values.reversed().forEach(value -> bytes(field, value));
    }

    <T> void message(int field, @Nullable T value, BiConsumer<T, ProtoWriter> write) {
        if (value != null) {
            long after = size();
            write.accept(value, this);
            varint(size() - after);
            tag(field, WireType.LENGTH_DELIMITED);
        }
    }

    <T> void messages(int field, List<T> values, BiConsumer<T, ProtoWriter> write) {
        values.reversed().forEach(value -> message(field, value, write));
    }

    void varints(int field, Varints values, Packing declared, Extras extras) {
        if (values.isEmpty()) {
            return;
        }
        if (declared.isPacked(field, extras)) {
            bytes(field, values.encoded());
            return;
        }
        long[] longs = values.toLongs();
        for (int i = longs.length - 1; i >= 0; i--) {
            int64(field, longs[i]);
        }
    }

    void floats(int field, Floats values, Packing declared, Extras extras) {
        fixed(field, values.encoded(), declared.isPacked(field, extras), WireType.FIXED32, Float.BYTES);
    }

    void doubles(int field, Doubles values, Packing declared, Extras extras) {
        fixed(field, values.encoded(), declared.isPacked(field, extras), WireType.FIXED64, Double.BYTES);
    }

    /// Writes the fields that a record carries without knowing them; they come last in the file.
    void unknown(Extras extras) {
        prepend(extras.unknown());
    }

    /// Writes everything to `channel`.
    void writeTo(WritableByteChannel channel) throws IOException {
        for (Bytes chunk : chunks) {
            chunk.writeTo(channel);
        }
    }

    /// Writes everything to `stream`, which stays open.
    void writeTo(OutputStream stream) throws IOException {
        writeTo(Channels.newChannel(stream));
    }

    /// Everything in one array.
    byte[] toBytes() {
        byte[] bytes = new byte[Math.toIntExact(size())];
        MemorySegment whole = MemorySegment.ofArray(bytes);
        long at = 0;
        for (Bytes chunk : chunks) {
            MemorySegment.copy(chunk.segment(), 0, whole, at, chunk.size());
            at += chunk.size();
        }
        return bytes;
    }

    private void fixed(int field, Bytes encoded, boolean packed, int elementType, int elementBytes) {
        if (encoded.isEmpty()) {
            return;
        }
        if (packed) {
            bytes(field, encoded);
            return;
        }
        byte[] elements = encoded.toArray();
        for (int at = elements.length - elementBytes; at >= 0; at -= elementBytes) {
            prepend(Arrays.copyOfRange(elements, at, at + elementBytes));
            tag(field, elementType);
        }
    }

    private void tag(int field, int wireType) {
        varint(((long) field << 3) | wireType);
    }

    private void varint(long value) {
        int length = Math.max(1, (70 - Long.numberOfLeadingZeros(value)) / 7);
        reserve(length);
        head -= length;
        long rest = value;
        for (int i = 0; i < length; i++) {
            block[head + i] = (byte) (i == length - 1 ? rest : rest | 0x80);
            rest >>>= 7;
        }
    }

    private void prepend(Bytes bytes) {
        long size = bytes.size();
        if (size >= LINKED) {
            seal();
            link(bytes);
            return;
        }
        int length = (int) size;
        reserve(length);
        head -= length;
        MemorySegment.copy(bytes.segment(), JAVA_BYTE, 0, block, head, length);
    }

    private void prepend(byte[] bytes) {
        if (bytes.length >= LINKED) {
            prepend(Bytes.view(MemorySegment.ofArray(bytes)));
            return;
        }
        reserve(bytes.length);
        head -= bytes.length;
        System.arraycopy(bytes, 0, block, head, bytes.length);
    }

    /// Makes room for `length` (at most a block) bytes before the head.
    private void reserve(int length) {
        if (length > head) {
            seal();
            block = new byte[BLOCK];
            head = BLOCK;
            tail = BLOCK;
        }
    }

    private void seal() {
        if (head < tail) {
            link(Bytes.view(MemorySegment.ofArray(block).asSlice(head, tail - head)));
            tail = head;
        }
    }

    private void link(Bytes chunk) {
        chunks.addFirst(chunk);
        chunkBytes += chunk.size();
    }
}
