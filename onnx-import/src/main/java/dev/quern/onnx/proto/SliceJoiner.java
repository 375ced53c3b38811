package dev.quern.onnx.proto;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Collects pieces of a file into one run of bytes: a view as long as the pieces touch, a copy once they do not (a
/// repeated field that comes in several parts). The copy is never larger than the file.
final class SliceJoiner {
    private static final int FIRST_CAPACITY = 64;

    private final ByteWindow data;
    private long from;
    private long to;
    private byte @Nullable [] joined;
    private int length;

    SliceJoiner(ByteWindow data) {
        this.data = data;
    }

    /// Adds the bytes from `start` up to `end`.
    void add(long start, long end) {
        if (start == end) {
            return;
        }
        if (joined == null) {
            if (from == to) {
                from = start;
                to = end;
                return;
            }
            if (to == start) {
                to = end;
                return;
            }
            copy(from, to);
        }
        copy(start, end);
    }

    private void copy(long start, long end) {
        int size = Math.toIntExact(end - start);
        int needed = Math.addExact(length, size);
        byte[] target = joined == null ? new byte[(int) Math.min(data.size(), Math.max(FIRST_CAPACITY, size))] : joined;
        if (needed > target.length) {
            target = Arrays.copyOf(target, (int) Math.min(Math.max(needed, 2L * target.length), data.size()));
        }
        data.copy(start, end, target, length);
        joined = target;
        length = needed;
    }

    Bytes toBytes() {
        return joined == null
                ? data.view(from, to)
                : Bytes.view(MemorySegment.ofArray(joined).asSlice(0, length));
    }
}
