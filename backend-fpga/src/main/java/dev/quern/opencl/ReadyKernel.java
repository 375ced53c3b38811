package dev.quern.opencl;

import dev.quern.codegen.Launch;
import dev.quern.device.Queue.Call;
import java.util.List;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/// A kernel with its arguments set; only the range of items changes from call to call, and mostly not even that.
final class ReadyKernel implements Call {
    private static final int FROM = 2;
    private static final int ITEMS = 3;

    private final Launch launch;
    private final cl_kernel kernel;
    private final List<cl_mem> arrays;
    private final long[] global = new long[1];
    private final long[] local;
    private int setFrom;
    private int setEnd;

    ReadyKernel(Launch launch, cl_kernel kernel, cl_mem status, int step, List<cl_mem> arrays) {
        this.launch = launch;
        this.kernel = kernel;
        this.arrays = List.copyOf(arrays);
        this.local = new long[] {Math.max(1, launch.group())};
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

    String function() {
        return launch.function();
    }

    /// Whether both work on one array.
    boolean sharesWith(ReadyKernel other) {
        return arrays.stream().anyMatch(other.arrays::contains);
    }

    /// @param after what must have ended before
    /// @param end is made the event of this, where one is given
    void enqueue(cl_command_queue queue, int from, int count, List<cl_event> after, @Nullable cl_event end) {
        if (from != setFrom) {
            set(FROM, from);
            setFrom = from;
        }
        if (from + count != setEnd) {
            set(ITEMS, from + count);
            setEnd = from + count;
        }
        global[0] = launch.workItems(count);
        cl_event[] before = after.isEmpty() ? null : after.toArray(cl_event[]::new);
        CL.clEnqueueNDRangeKernel(queue, kernel, 1, null, global, local, after.size(), before, end);
    }

    @Override
    public void close() {
        CL.clReleaseKernel(kernel);
    }
}
