package dev.quern.onnx.proto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// An immutable run of bytes: a read-only window on the file it came from, or on an array. Two are equal if their bytes
/// are; nothing is copied until [#toArray()] is called.
public final class Bytes {
    /// No bytes.
    public static final Bytes EMPTY =
            new Bytes(MemorySegment.ofArray(new byte[0]).asReadOnly());

    private static final int HASHED = 64;

    private final MemorySegment segment;

    private Bytes(MemorySegment segment) {
        this.segment = segment;
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
        return segment.byteSize();
    }

    /// Whether there are none.
    public boolean isEmpty() {
        return segment.byteSize() == 0;
    }

    /// The bytes themselves, read-only, without a copy; alignment is that of the file, so use unaligned layouts.
    public MemorySegment segment() {
        return segment;
    }

    /// A copy.
    /// @throws MalformedProtoException if there are more than an array can hold
    public byte[] toArray() {
        if (size() > Integer.MAX_VALUE - 8) {
            throw new MalformedProtoException(size() + " bytes do not fit in one Java array");
        }
        return segment.toArray(JAVA_BYTE);
    }

    /// The bytes read as UTF-8; malformed sequences become U+FFFD.
    public String utf8() {
        return new String(toArray(), StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bytes that && size() == that.size() && segment.mismatch(that.segment) == -1;
    }

    /// Looks at the first few bytes only: weights are long, and rarely keys.
    @Override
    public int hashCode() {
        int hash = Long.hashCode(size());
        for (long i = 0; i < Math.min(size(), HASHED); i++) {
            hash = 31 * hash + segment.get(JAVA_BYTE, i);
        }
        return hash;
    }

    @Override
    public String toString() {
        return "Bytes[" + size() + "]";
    }
}
