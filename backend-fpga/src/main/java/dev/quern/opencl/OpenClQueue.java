package dev.quern.opencl;

import dev.quern.codegen.Launch;
import dev.quern.device.Queue;
import java.util.List;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_mem;

/// An in-order queue of the device.
final class OpenClQueue implements Queue<cl_mem> {
    private final cl_command_queue queue;
    private final Programs programs;

    @SuppressWarnings("deprecation") // OpenCL 1.2 has no other call
    OpenClQueue(cl_context context, Device device, Programs programs) {
        this.queue = CL.clCreateCommandQueue(context, device.id(), 0, null);
        this.programs = programs;
    }

    @Override
    public void write(Object array, long bytes, cl_mem to) {
        if (bytes > 0) {
            CL.clEnqueueWriteBuffer(queue, to, true, 0, bytes, pointer(array), 0, null, null);
        }
    }

    @Override
    public void read(cl_mem from, long offset, Object array, long bytes) {
        if (bytes > 0) {
            CL.clEnqueueReadBuffer(queue, from, true, offset, bytes, pointer(array), 0, null, null);
        }
    }

    static Pointer pointer(Object array) {
        return switch (array) {
            case float[] a -> Pointer.to(a);
            case double[] a -> Pointer.to(a);
            case byte[] a -> Pointer.to(a);
            case short[] a -> Pointer.to(a);
            case int[] a -> Pointer.to(a);
            case long[] a -> Pointer.to(a);
            default ->
                throw new IllegalArgumentException(
                        "no device holds " + array.getClass().getSimpleName());
        };
    }

    @Override
    public Call prepare(Launch launch, cl_mem status, int step, List<cl_mem> arrays) {
        return new ReadyKernel(launch, programs.kernel(launch), status, step, arrays);
    }

    @Override
    public Batch batch(List<Part> parts) {
        List<Part> all = List.copyOf(parts);
        return () -> {
            for (Part part : all) {
                if (!(part.call() instanceof ReadyKernel kernel)) {
                    throw new IllegalArgumentException("a call of another device: " + part.call());
                }
                kernel.enqueue(queue, part.from(), part.count(), List.of(), null);
            }
        };
    }

    @Override
    public void finish() {
        CL.clFinish(queue);
    }

    @Override
    public void close() {
        CL.clReleaseCommandQueue(queue);
    }
}
