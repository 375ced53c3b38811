package dev.quern.opencl;

import dev.quern.codegen.Launch;
import dev.quern.device.Queue;
import java.util.List;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/// An in-order queue of the device.
final class OpenClQueue implements Queue<cl_mem> {
    private final cl_command_queue queue;
    private final BuiltPrograms programs;

    @SuppressWarnings("deprecation") // OpenCL 1.2 has no other call
    OpenClQueue(cl_context context, Device device, BuiltPrograms programs) {
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
                kernel.enqueue(queue, part.from(), part.count());
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

    /// A kernel with its arguments set; only the range of items changes from call to call, and mostly not even
    /// that.
    private static final class ReadyKernel implements Call {
        private static final int FROM = 2;
        private static final int ITEMS = 3;

        private final Launch launch;
        private final cl_kernel kernel;
        private final long[] global = new long[1];
        private final long[] local;
        private int setFrom;
        private int setEnd;

        ReadyKernel(Launch launch, cl_kernel kernel, cl_mem status, int step, List<cl_mem> arrays) {
            this.launch = launch;
            this.kernel = kernel;
            this.local = new long[] {launch.group()};
            this.setEnd = launch.items();
            int at = 0;
            CL.clSetKernelArg(kernel, at++, Sizeof.cl_mem, Pointer.to(status));
            set(at++, step);
            set(at++, 0);
            set(at++, launch.items());
            for (cl_mem array : arrays) {
                CL.clSetKernelArg(kernel, at++, Sizeof.cl_mem, Pointer.to(array));
            }
            for (int number : launch.numbers()) {
                set(at++, number);
            }
        }

        private void set(int at, int value) {
            CL.clSetKernelArg(kernel, at, Sizeof.cl_int, Pointer.to(new int[] {value}));
        }

        void enqueue(cl_command_queue queue, int from, int count) {
            if (from != setFrom) {
                set(FROM, from);
                setFrom = from;
            }
            if (from + count != setEnd) {
                set(ITEMS, from + count);
                setEnd = from + count;
            }
            global[0] = (long) Math.ceilDiv(count, launch.group()) * launch.group();
            CL.clEnqueueNDRangeKernel(queue, kernel, 1, null, global, local, 0, null, null);
        }

        @Override
        public void close() {
            CL.clReleaseKernel(kernel);
        }
    }
}
