package dev.quern.cpu.machine;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A function and the constants that it reads, which lie behind it.
record CodeAndConstants(MemorySegment code, MemorySegment constants) {
    /// Constants begin at a multiple of this.
    private static final int ALIGNMENT = 64;

    /// @throws UnsupportedOperationException where the system gives no memory for code
    static CodeAndConstants of(byte[] text, int[] constants) {
        int at = Math.ceilDiv(text.length, ALIGNMENT) * ALIGNMENT;
        ByteBuffer all =
                ByteBuffer.allocate(at + constants.length * Integer.BYTES).order(ByteOrder.nativeOrder());
        all.put(text).position(at).asIntBuffer().put(constants);
        MemorySegment function = CodePages.executable(all.array());
        return new CodeAndConstants(function, function.asSlice(at));
    }
}
