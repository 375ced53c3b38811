package dev.quern.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.quern.codegen.Launch;
import dev.quern.gpu.driver.CudaDriver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A function with the values of its parameters in native memory, each in 8 bytes.
final class ReadyFunction implements StreamCall {
    private static final int FROM = 2;
    private static final int END = 3;
    private static final int FIXED = 4;

    private final Launch launch;
    private final long function;
    private final MemorySegment values;
    private final MemorySegment pointers;

    /// @param arena lives as long as the queue
    ReadyFunction(Arena arena, Launch launch, long function, long status, int step, List<Long> arrays) {
        this.launch = launch;
        this.function = function;
        int count = FIXED + arrays.size() + launch.numbers().size();
        this.values = arena.allocate(JAVA_LONG, count);
        this.pointers = arena.allocate(ADDRESS, count);
        for (int i = 0; i < count; i++) {
            pointers.setAtIndex(ADDRESS, i, values.asSlice((long) i * Long.BYTES));
        }
        int at = 0;
        values.setAtIndex(JAVA_LONG, at++, status);
        set(at, step);
        at = FIXED;
        for (long array : arrays) {
            values.setAtIndex(JAVA_LONG, at++, array);
        }
        for (int number : launch.numbers()) {
            set(at++, number);
        }
    }

    private void set(int at, int value) {
        values.set(JAVA_INT, (long) at * Long.BYTES, value);
    }

    @Override
    public void enqueue(CudaDriver driver, int from, int count, long stream) {
        set(FROM, from);
        set(END, from + count);
        driver.launch(function, Math.ceilDiv(count, launch.group()), launch.group(), stream, pointers);
    }

    @Override
    public void close() {
        // the memory is the queue's
    }
}
