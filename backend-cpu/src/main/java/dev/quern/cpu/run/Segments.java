package dev.quern.cpu.run;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Segments over arrays, which machine code takes instead of them. Those of the last few arrays are remembered: an
/// object for each call would be left to the garbage collector wherever the JVM does not compile it away.
public final class Segments {
    /// How many are remembered: more than a worker has scratch arrays in turn.
    private static final int ROOM = 16;

    private final @Nullable Object[] arrays = new Object[ROOM];
    private final @Nullable MemorySegment[] segments = new MemorySegment[ROOM];
    private int next;

    /// The segment over `array`, which is one of numbers.
    @SuppressWarnings("ReferenceEquality") // arrays
    public MemorySegment over(Object array) {
        for (int i = 0; i < ROOM; i++) {
            MemorySegment known = segments[i];
            if (arrays[i] == array && known != null) {
                return known;
            }
        }
        MemorySegment made = of(array);
        arrays[next] = array;
        segments[next] = made;
        next = (next + 1) % ROOM;
        return made;
    }

    /// A new segment over `array`, which is one of numbers.
    static MemorySegment of(Object array) {
        return switch (array) {
            case float[] x -> MemorySegment.ofArray(x);
            case int[] x -> MemorySegment.ofArray(x);
            case byte[] x -> MemorySegment.ofArray(x);
            case short[] x -> MemorySegment.ofArray(x);
            case long[] x -> MemorySegment.ofArray(x);
            case double[] x -> MemorySegment.ofArray(x);
            default -> throw new IllegalArgumentException("an array of numbers is needed, not " + array.getClass());
        };
    }
}
