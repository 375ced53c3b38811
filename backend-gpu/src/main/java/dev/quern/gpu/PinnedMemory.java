package dev.quern.gpu;

import dev.quern.gpu.driver.CudaDriver;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/// Pieces of memory that the device copies from and to by itself. The driver takes long to make one, so some that are
/// free are kept.
final class PinnedMemory implements AutoCloseable {
    /// The size of each.
    static final long BYTES = 8L << 20;

    private static final int KEPT = 4;

    private final CudaAccelerator device;
    private final Deque<MemorySegment> free = new ArrayDeque<>();

    PinnedMemory(CudaAccelerator device) {
        this.device = device;
    }

    MemorySegment take(CudaDriver driver) {
        synchronized (free) {
            if (!free.isEmpty()) {
                return free.pop();
            }
        }
        return driver.allocatePinned(BYTES);
    }

    void give(MemorySegment memory) {
        synchronized (free) {
            if (free.size() < KEPT) {
                free.push(memory);
                return;
            }
        }
        device.release(d -> d.freePinned(memory));
    }

    @Override
    public void close() {
        synchronized (free) {
            free.forEach(memory -> device.release(d -> d.freePinned(memory)));
            free.clear();
        }
    }
}
