package dev.quern.gpu;

import dev.quern.gpu.driver.CudaDriver;
import java.lang.foreign.MemorySegment;

/// Copies between arrays of the heap and the device by way of two pieces of pinned memory: while the device copies one,
/// the processor copies the other. Closed when nothing is under way.
final class Staging implements AutoCloseable {
    private static final long PIECE = PinnedMemory.BYTES / 2;
    private static final long ALIGNMENT = 256;

    private final CudaAccelerator device;
    private final long stream;
    private final MemorySegment memory;
    private final long[] busy = new long[2];
    private int piece;
    private long filled;

    Staging(CudaAccelerator device, long stream) {
        this.device = device;
        this.stream = stream;
        CudaDriver driver = device.current();
        this.memory = device.pinned().take(driver);
        busy[0] = driver.newEvent();
        busy[1] = driver.newEvent();
    }

    /// Copies the first bytes of a primitive array to the device; returns when the array may change again.
    void write(MemorySegment array, long bytes, long to) {
        CudaDriver driver = device.current();
        for (long done = 0; done < bytes; ) {
            if (filled == PIECE) {
                turn(driver);
            }
            long count = Math.min(bytes - done, PIECE - filled);
            long at = piece * PIECE + filled;
            MemorySegment.copy(array, done, memory, at, count);
            driver.copyToDevice(to + done, memory.asSlice(at, count), count, stream);
            done += count;
            filled = Math.min(PIECE, Math.ceilDiv(filled + count, ALIGNMENT) * ALIGNMENT);
        }
    }

    /// Goes to the other piece, which must have been copied.
    private void turn(CudaDriver driver) {
        driver.recordEvent(busy[piece], stream);
        piece = 1 - piece;
        driver.synchronizeEvent(busy[piece]);
        filled = 0;
    }

    /// Copies bytes of the device into a primitive array; returns when they are there.
    void read(long from, MemorySegment array, long bytes) {
        CudaDriver driver = device.current();
        driver.synchronize(stream);
        filled = 0;
        for (long done = 0; done < bytes + PIECE; done += PIECE) {
            int own = (int) (done / PIECE % 2);
            if (done < bytes) {
                long count = Math.min(PIECE, bytes - done);
                driver.copyToHost(memory.asSlice(own * PIECE, count), from + done, count, stream);
                driver.recordEvent(busy[own], stream);
            }
            if (done > 0) {
                int other = 1 - own;
                driver.synchronizeEvent(busy[other]);
                long start = done - PIECE;
                MemorySegment.copy(memory, other * PIECE, array, start, Math.min(PIECE, bytes - start));
            }
        }
    }

    @Override
    public void close() {
        device.release(d -> d.destroyEvent(busy[0]));
        device.release(d -> d.destroyEvent(busy[1]));
        device.pinned().give(memory);
    }
}
