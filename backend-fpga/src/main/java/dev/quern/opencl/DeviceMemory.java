package dev.quern.opencl;

import dev.quern.backend.BackendException;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_context;
import org.jocl.cl_mem;

/// Arrays on the device. Freed ones are kept for the next of their size, up to a bound; sizes are rounded up so that
/// neighbours share.
final class DeviceMemory {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final long KEPT_BYTES = 256L << 20;
    private static final int STEPS = 8;

    private final cl_context context;
    private final Map<Long, Deque<cl_mem>> free = new TreeMap<>();
    private long keptBytes;

    DeviceMemory(cl_context context) {
        this.context = context;
    }

    /// An array on the device, given back when it is closed or no longer reachable.
    static final class Array implements AutoCloseable {
        private final cl_mem mem;
        private final Cleaner.Cleanable end;

        private Array(DeviceMemory memory, long size, cl_mem mem) {
            this.mem = mem;
            // runs once, on close or when this is unreachable
            this.end = CLEANER.register(this, () -> memory.give(size, mem));
        }

        cl_mem mem() {
            return mem;
        }

        @Override
        public void close() {
            end.clean();
        }
    }

    /// @throws BackendException where the device has no room
    Array allocate(long bytes) {
        long size = rounded(bytes);
        return new Array(this, size, take(size));
    }

    private cl_mem take(long size) {
        synchronized (free) {
            Deque<cl_mem> fitting = free.get(size);
            if (fitting != null && !fitting.isEmpty()) {
                keptBytes -= size;
                return fitting.pop();
            }
        }
        try {
            return CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, size, null, null);
        } catch (CLException full) {
            throw new BackendException("opencl: the device has no room for an array of " + size + " bytes ("
                    + full.getMessage() + "): use smaller inputs or another backend");
        }
    }

    private void give(long size, cl_mem mem) {
        synchronized (free) {
            if (keptBytes + size <= KEPT_BYTES) {
                keptBytes += size;
                free.computeIfAbsent(size, s -> new ArrayDeque<>()).push(mem);
                return;
            }
        }
        CL.clReleaseMemObject(mem);
    }

    /// A power of two or one of the steps between two of them, at least a cache line.
    private static long rounded(long bytes) {
        long size = Math.max(64, bytes);
        long step = Math.max(64, Long.highestOneBit(size) / STEPS);
        return Math.ceilDiv(size, step) * step;
    }
}
