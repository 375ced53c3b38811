package dev.quern.device;

import dev.quern.backend.BackendException;
import dev.quern.kernel.Constant;
import java.lang.ref.Cleaner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Arrays on one device. Freed ones are kept for the next of their size, up to a bound; sizes are rounded up so that
/// neighbours share. Where the device is full, those that are kept are given up first.
///
/// @param <M> the driver's handle of an array
public final class DeviceMemory<M> {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final long KEPT_BYTES = 256L << 20;
    private static final int STEPS = 8;

    private final String backend;
    private final Source<M> source;
    private final Map<Long, Deque<M>> free = new TreeMap<>();
    private long keptBytes;
    private long usedBytes;

    /// Where arrays come from.
    ///
    /// @param <M> the driver's handle of an array
    public interface Source<M> {
        /// @throws FullException where there is no room
        M allocate(long bytes);

        /// Never throws: the device may be lost.
        void free(M array);
    }

    /// The device has no room for an array.
    public static final class FullException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /// @param said what the driver says
        public FullException(String said) {
            super(said);
        }
    }

    /// @param backend its name, as errors say it
    public DeviceMemory(String backend, Source<M> source) {
        this.backend = backend;
        this.source = source;
    }

    /// An array on the device, given back when it is closed or no longer reachable.
    ///
    /// @param <M> the driver's handle of an array
    public static final class Array<M> implements AutoCloseable, Constant.Held {
        private final M handle;
        private final Cleaner.Cleanable end;

        private Array(M handle, Runnable end) {
            this.handle = handle;
            // runs once, on close or when this is unreachable
            this.end = CLEANER.register(this, end);
        }

        /// The driver's handle; the array must stay reachable while it is used.
        public M handle() {
            return handle;
        }

        @Override
        public void close() {
            end.clean();
        }

        @Override
        public void release() {
            close();
        }
    }

    /// An array that is somebody else's: it is not given back.
    static <M> Array<M> borrowed(M handle) {
        return new Array<>(handle, () -> {});
    }

    /// @throws BackendException where the device has no room
    public Array<M> allocate(long bytes) {
        long size = rounded(bytes);
        M handle = take(size);
        synchronized (free) {
            usedBytes += size;
        }
        return new Array<>(handle, () -> give(size, handle));
    }

    /// Bytes of the arrays that are not closed yet, without those that are kept for the next.
    public long usedBytes() {
        synchronized (free) {
            return usedBytes;
        }
    }

    private M take(long size) {
        synchronized (free) {
            Deque<M> fitting = free.get(size);
            if (fitting != null && !fitting.isEmpty()) {
                keptBytes -= size;
                return fitting.pop();
            }
        }
        try {
            return source.allocate(size);
        } catch (FullException full) {
            if (!giveUpKept()) {
                throw tooLarge(size, full);
            }
        }
        try {
            return source.allocate(size);
        } catch (FullException full) {
            throw tooLarge(size, full);
        }
    }

    private BackendException tooLarge(long size, FullException full) {
        return new BackendException(backend + ": the device has no room for an array of " + size + " bytes ("
                + full.getMessage() + "): use smaller inputs or another backend");
    }

    /// Frees all arrays that are kept.
    ///
    /// @return whether there were any
    private boolean giveUpKept() {
        List<M> kept = new ArrayList<>();
        synchronized (free) {
            free.values().forEach(kept::addAll);
            free.clear();
            keptBytes = 0;
        }
        kept.forEach(source::free);
        return !kept.isEmpty();
    }

    private void give(long size, M handle) {
        synchronized (free) {
            usedBytes -= size;
            if (keptBytes + size <= KEPT_BYTES) {
                keptBytes += size;
                free.computeIfAbsent(size, s -> new ArrayDeque<>()).push(handle);
                return;
            }
        }
        source.free(handle);
    }

    /// A power of two or one of the steps between two of them, at least a cache line.
    private static long rounded(long bytes) {
        long size = Math.max(64, bytes);
        long step = Math.max(64, Long.highestOneBit(size) / STEPS);
        return Math.ceilDiv(size, step) * step;
    }
}
