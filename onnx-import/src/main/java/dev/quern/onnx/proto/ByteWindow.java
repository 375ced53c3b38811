package dev.quern.onnx.proto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Single bytes and short texts of a file, read through a page in an array: before the JIT has seen a loop over a
/// [MemorySegment], an access costs about a microsecond, and a model is read once, before the JIT has seen anything.
final class ByteWindow {
    private static final int PAGE = 1 << 12;
    private static final char REPLACEMENT = '\uFFFD';

    private final MemorySegment data;
    private final byte[] page;
    private long first;
    private int filled;

    ByteWindow(MemorySegment data) {
        this.data = data.isReadOnly() ? data : data.asReadOnly();
        this.page = new byte[(int) Math.min(PAGE, data.byteSize())];
    }

    long size() {
        return data.byteSize();
    }

    byte at(long position) {
        long offset = position - first;
        if (offset < 0 || offset >= filled) {
            load(position);
            offset = 0;
        }
        return page[(int) offset];
    }

    /// A view of the bytes from `start` up to `end`.
    Bytes view(long start, long end) {
        return start == end ? Bytes.EMPTY : Bytes.view(data.asSlice(start, end - start));
    }

    /// Copies the bytes from `start` up to `end` into an array.
    void copy(long start, long end, byte[] target, int at) {
        int length = (int) (end - start);
        if (start >= first && end <= first + filled) {
            System.arraycopy(page, (int) (start - first), target, at, length);
        } else {
            MemorySegment.copy(data, JAVA_BYTE, start, target, at, length);
        }
    }

    /// The bytes from `start` up to `end` as text; null if they are not UTF-8.
    @Nullable
    String text(long start, long end) {
        byte[] bytes = new byte[Math.toIntExact(end - start)];
        copy(start, end, bytes, 0);
        String text = new String(bytes, StandardCharsets.UTF_8);
        // String replaces what is malformed; whether it did is asked only where a replacement stands
        return text.indexOf(REPLACEMENT) < 0 || isUtf8(bytes) ? text : null;
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException malformed) {
            return false;
        }
    }

    private void load(long position) {
        filled = (int) Math.min(page.length, data.byteSize() - position);
        first = position;
        MemorySegment.copy(data, JAVA_BYTE, position, page, 0, filled);
    }
}
