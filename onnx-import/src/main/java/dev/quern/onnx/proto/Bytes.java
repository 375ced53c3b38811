package dev.quern.onnx.proto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An immutable run of bytes: a read-only window on the file it came from, or on an array. Two are equal if their bytes
/// are; nothing is copied until [#toArray()] is called. Those of a tensor that is made when it is asked for are so too.
public final class Bytes {
    /// No bytes.
    public static final Bytes EMPTY =
            new Bytes(MemorySegment.ofArray(new byte[0]).asReadOnly());

    private static final int HASHED = 64;

    private static final int PIECE = 1 << 20;

    private final long size;
    private final Supplier<MemorySegment> segment;

    private Bytes(MemorySegment segment) {
        this(segment.byteSize(), () -> segment);
    }

    private Bytes(long size, Supplier<MemorySegment> segment) {
        this.size = size;
        this.segment = segment;
    }

    /// Bytes that are made each time they are looked at, always the same.
    ///
    /// @param size how many there are
    public static Bytes deferred(long size, Supplier<MemorySegment> bytes) {
        return new Bytes(size, () -> bytes.get().asReadOnly());
    }

    /// A copy of `bytes`.
    public static Bytes of(byte... bytes) {
        return bytes.length == 0 ? EMPTY : view(MemorySegment.ofArray(bytes.clone()));
    }

    /// The UTF-8 form of `text`.
    public static Bytes utf8(String text) {
        return text.isEmpty() ? EMPTY : view(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// A view of `segment`, not a copy: the caller promises that the bytes will not change.
    public static Bytes view(MemorySegment segment) {
        if (segment.byteSize() == 0) {
            return EMPTY;
        }
        return new Bytes(segment.isReadOnly() ? segment : segment.asReadOnly());
    }

    /// The number of bytes.
    public long size() {
        return size;
    }

    /// Whether there are none.
    public boolean isEmpty() {
        return size == 0;
    }

    /// The bytes themselves, read-only, without a copy; alignment is that of the file, so use unaligned layouts.
    public MemorySegment segment() {
        return segment.get();
    }

    /// Writes them all, a piece at a time.
    void writeTo(WritableByteChannel channel) throws IOException {
        MemorySegment all = segment();
        byte[] piece = new byte[(int) Math.min(PIECE, size)];
        for (long at = 0; at < size; at += piece.length) {
            int length = (int) Math.min(piece.length, size - at);
            MemorySegment.copy(all, JAVA_BYTE, at, piece, 0, length);
            ByteBuffer buffer = ByteBuffer.wrap(piece, 0, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
    }

    /// A copy.
    /// @throws MalformedProtoException if there are more than an array can hold
    public byte[] toArray() {
        if (size() > Integer.MAX_VALUE - 8) {
            throw new MalformedProtoException(size() + " bytes do not fit in one Java array");
        }
        return segment().toArray(JAVA_BYTE);
    }

    /// The bytes read as UTF-8; malformed sequences become U+FFFD.
    public String utf8() {
        return new String(toArray(), StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bytes that && size() == that.size() && segment().mismatch(that.segment()) == -1;
    }

    /// Looks at the first few bytes only: weights are long, and rarely keys.
    @Override
    public int hashCode() {
        int hash = Long.hashCode(size());
        MemorySegment bytes = segment();
        for (long i = 0; i < Math.min(size(), HASHED); i++) {
            hash = 31 * hash + bytes.get(JAVA_BYTE, i);
        }
        return hash;
    }

    @Override
    public String toString() {
        return "Bytes[" + size() + "]";
    }
}
