package dev.quern.opencl;

import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_mem;

/// Copies between Java arrays and the device; each returns when the copy is done.
final class HostArrays {
    private HostArrays() {}

    static void write(cl_command_queue queue, Object array, long bytes, cl_mem to) {
        if (bytes > 0) {
            CL.clEnqueueWriteBuffer(queue, to, true, 0, bytes, pointer(array), 0, null, null);
        }
    }

    static void read(cl_command_queue queue, cl_mem from, long offset, Object array, long bytes) {
        if (bytes > 0) {
            CL.clEnqueueReadBuffer(queue, from, true, offset, bytes, pointer(array), 0, null, null);
        }
    }

    private static Pointer pointer(Object array) {
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
}
