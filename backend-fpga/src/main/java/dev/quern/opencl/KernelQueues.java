package dev.quern.opencl;

import dev.quern.codegen.Launch;
import dev.quern.device.Queue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_event;
import org.jocl.cl_mem;

/// A queue for each kernel and one for copies, as cards want it whose kernels are circuits side by side: those that
/// share no array run at the same time, and events hold back those that do.
final class KernelQueues implements Queue<cl_mem> {
    private final cl_context context;
    private final Device device;
    private final Programs programs;
    private final cl_command_queue copies;
    private final Map<String, cl_command_queue> byFunction = new LinkedHashMap<>();
    private final List<cl_event> pending = new ArrayList<>();

    KernelQueues(cl_context context, Device device, Programs programs) {
        this.context = context;
        this.device = device;
        this.programs = programs;
        this.copies = newQueue();
    }

    @SuppressWarnings("deprecation") // OpenCL 1.2 has no other call
    private cl_command_queue newQueue() {
        return CL.clCreateCommandQueue(context, device.id(), 0, null);
    }

    @Override
    public void write(Object array, long bytes, cl_mem to) {
        if (bytes > 0) {
            CL.clEnqueueWriteBuffer(copies, to, true, 0, bytes, OpenClQueue.pointer(array), 0, null, null);
        }
    }

    @Override
    public void read(cl_mem from, long offset, Object array, long bytes) {
        finish();
        if (bytes > 0) {
            CL.clEnqueueReadBuffer(copies, from, true, offset, bytes, OpenClQueue.pointer(array), 0, null, null);
        }
    }

    @Override
    public Call prepare(Launch launch, cl_mem status, int step, List<cl_mem> arrays) {
        byFunction.computeIfAbsent(launch.function(), f -> newQueue());
        return new ReadyKernel(launch, programs.kernel(launch), status, step, arrays);
    }

    @Override
    public Batch batch(List<Part> parts) {
        List<ReadyKernel> kernels = new ArrayList<>();
        List<List<Integer>> after = new ArrayList<>();
        for (Part part : parts) {
            if (!(part.call() instanceof ReadyKernel kernel)) {
                throw new IllegalArgumentException("a call of another device: " + part.call());
            }
            List<Integer> before = new ArrayList<>();
            for (int i = 0; i < kernels.size(); i++) {
                if (kernels.get(i).sharesWith(kernel)) {
                    before.add(i);
                }
            }
            kernels.add(kernel);
            after.add(before);
        }
        List<Part> all = List.copyOf(parts);
        return () -> enqueue(all, kernels, after);
    }

    private void enqueue(List<Part> parts, List<ReadyKernel> kernels, List<List<Integer>> after) {
        List<cl_event> ends = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            ReadyKernel kernel = kernels.get(i);
            cl_command_queue own = byFunction.computeIfAbsent(kernel.function(), f -> newQueue());
            cl_event end = new cl_event();
            kernel.enqueue(
                    own,
                    parts.get(i).from(),
                    parts.get(i).count(),
                    after.get(i).stream().map(ends::get).toList(),
                    end);
            ends.add(end);
            pending.add(end);
            CL.clFlush(own);
        }
    }

    @Override
    public void finish() {
        byFunction.values().forEach(CL::clFinish);
        CL.clFinish(copies);
        pending.forEach(CL::clReleaseEvent);
        pending.clear();
    }

    @Override
    public void close() {
        byFunction.values().forEach(CL::clReleaseCommandQueue);
        CL.clReleaseCommandQueue(copies);
    }
}
