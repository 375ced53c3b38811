package dev.quern.gpu;

import dev.quern.codegen.Launch;
import dev.quern.codegen.VendorCall;
import dev.quern.device.Queue;
import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.CudaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A stream of the device.
final class CudaQueue implements Queue<Long> {
    private final CudaAccelerator device;
    private final BuiltModules modules;
    private final long stream;
    private final Staging staging;
    private final Arena arena = Arena.ofShared();

    CudaQueue(CudaAccelerator device, BuiltModules modules) {
        this.device = device;
        this.modules = modules;
        this.stream = device.current().newStream();
        try {
            this.staging = new Staging(device, stream);
        } catch (CudaException failed) {
            device.release(d -> d.destroyStream(stream));
            throw failed;
        }
    }

    @Override
    public void write(Object array, long bytes, Long to) {
        staging.write(segment(array), bytes, to);
    }

    @Override
    public void read(Long from, long offset, Object array, long bytes) {
        staging.read(from + offset, segment(array), bytes);
    }

    private static MemorySegment segment(Object array) {
        return switch (array) {
            case float[] a -> MemorySegment.ofArray(a);
            case double[] a -> MemorySegment.ofArray(a);
            case byte[] a -> MemorySegment.ofArray(a);
            case short[] a -> MemorySegment.ofArray(a);
            case int[] a -> MemorySegment.ofArray(a);
            case long[] a -> MemorySegment.ofArray(a);
            default ->
                throw new IllegalArgumentException(
                        "no device holds " + array.getClass().getSimpleName());
        };
    }

    @Override
    public Call prepare(Launch launch, Long status, int step, List<Long> arrays) {
        return new ReadyFunction(arena, launch, modules.function(launch), status, step, arrays);
    }

    @Override
    public Call prepare(VendorCall call, List<Long> arrays) {
        if (!(call instanceof LibraryCall ours)) {
            throw new IllegalArgumentException("a call of another device: " + call);
        }
        return ours.prepare(device.libraries(), arrays);
    }

    @Override
    public Batch batch(List<Part> parts) {
        return new RecordedBatch(device, stream, parts);
    }

    @Override
    public void finish() {
        device.current().synchronize(stream);
    }

    @Override
    public void close() {
        staging.close();
        device.release(d -> d.destroyStream(stream));
        arena.close();
    }

    /// Asks for all parts, in order.
    static void enqueue(CudaDriver driver, List<Part> parts, long stream) {
        for (Part part : parts) {
            if (!(part.call() instanceof StreamCall call)) {
                throw new IllegalArgumentException("a call of another device: " + part.call());
            }
            call.enqueue(driver, part.from(), part.count(), stream);
        }
    }
}
