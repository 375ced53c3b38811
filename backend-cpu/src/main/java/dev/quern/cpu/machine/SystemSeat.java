package dev.quern.cpu.machine;

import dev.quern.cpu.run.Seat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A seat on Linux, for one thread at a time.
///
/// When all processors were busy a moment ago, Linux (6.18, by its schedstat) may wake a helper on the processor of the
/// thread that it is to help, with another one idle, and leave both there for tens of milliseconds: they take turns,
/// and each step waits for both.
public final class SystemSeat implements Seat {
    /// Numbers of the calls on x86-64.
    private static final long SCHED_SETAFFINITY = 203;

    private static final long SCHED_GETAFFINITY = 204;
    private static final long GETCPU = 309;

    /// Room for a bit for each of 8192 processors, the most that Linux is built for.
    private static final long MASK_BYTES = 1024;

    private final MemorySegment number = Arena.ofAuto().allocate(ValueLayout.JAVA_INT);

    @Override
    public int processor() {
        long refused = SystemCalls.call(GETCPU, number.address(), 0, 0);
        return refused == 0 ? number.get(ValueLayout.JAVA_INT, 0) : -1;
    }

    @Override
    public void leave(int processor) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment allowed = arena.allocate(MASK_BYTES, Long.BYTES);
            long bytes = SystemCalls.call(SCHED_GETAFFINITY, 0, MASK_BYTES, allowed.address());
            long at = processor / Byte.SIZE;
            if (bytes <= at) {
                return;
            }
            MemorySegment others = arena.allocate(MASK_BYTES, Long.BYTES).copyFrom(allowed);
            int here = 1 << processor % Byte.SIZE;
            others.set(ValueLayout.JAVA_BYTE, at, (byte) (others.get(ValueLayout.JAVA_BYTE, at) & ~here));
            // a mask of none is refused, and the thread stays
            if (SystemCalls.call(SCHED_SETAFFINITY, 0, bytes, others.address()) == 0) {
                SystemCalls.call(SCHED_SETAFFINITY, 0, bytes, allowed.address());
            }
        }
    }
}
