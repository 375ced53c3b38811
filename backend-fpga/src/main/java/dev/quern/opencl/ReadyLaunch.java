package dev.quern.opencl;

import dev.quern.codegen.Launch;
import java.util.List;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/// A launch with its arguments set; only the range of items changes from call to call, and mostly not even that.
final class ReadyLaunch {
    private static final int FROM = 2;
    private static final int ITEMS = 3;

    private final Launch launch;
    private final cl_kernel kernel;
    private final long[] global = new long[1];
    private final long[] local;
    private int setFrom;
    private int setEnd;

    /// @param step the number that the launch says where it fails
    ReadyLaunch(Launch launch, cl_kernel kernel, cl_mem status, int step, List<cl_mem> arrays) {
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

    int items() {
        return launch.items();
    }

    /// How many items make about so much work.
    int itemsFor(long work) {
        if (launch.work() <= work) {
            return launch.items();
        }
        long groups = Math.max(1, launch.items() / Math.ceilDiv(launch.work(), work) / launch.group());
        return (int) Math.min(launch.items(), groups * launch.group());
    }

    long workOf(int items) {
        return launch.work() / launch.items() * items;
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

    void release() {
        CL.clReleaseKernel(kernel);
    }
}
