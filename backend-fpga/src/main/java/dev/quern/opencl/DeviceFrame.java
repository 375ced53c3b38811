package dev.quern.opencl;

import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.backend.RunException;
import dev.quern.codegen.Launch;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.opencl.OpenClBackend.Session;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_command_queue;
import org.jocl.cl_mem;

/// What one run needs on the device: a queue, the arrays of all buffers, and a kernel for each launch whose arguments
/// are set once.
final class DeviceFrame implements Executable.Frame, AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final int STATUS_INTS = 5;
    /// Elementary operations between two questions whether to stop: some milliseconds of one core, or of a GPU.
    private static final long CPU_WORK = 6_000_000;

    private static final long GPU_WORK = 2_000_000_000L;

    private final OpenClExecutable owner;
    private final Program program;
    private final long workAtOnce;
    private final Resources resources;
    private final Cleaner.Cleanable end;
    private final List<DeviceMemory.Array> arrays = new ArrayList<>();
    private final List<List<ReadyLaunch>> steps = new ArrayList<>();
    private final cl_command_queue queue;
    private final DeviceMemory.Array status;

    /// What is released at the end, which must not know the frame.
    private static final class Resources implements Runnable {
        private final cl_command_queue queue;
        private final List<ReadyLaunch> launches = new ArrayList<>();
        private final List<DeviceMemory.Array> owned = new ArrayList<>();

        Resources(cl_command_queue queue) {
            this.queue = queue;
        }

        @Override
        public void run() {
            launches.forEach(ReadyLaunch::release);
            owned.forEach(DeviceMemory.Array::close);
            CL.clReleaseCommandQueue(queue);
        }
    }

    DeviceFrame(
            OpenClExecutable owner, Program program, List<List<Launch>> launches, Session session, RunControl control) {
        this.owner = owner;
        this.program = program;
        this.workAtOnce = session.device().isGpu() ? GPU_WORK : CPU_WORK;
        this.queue = queue(session);
        this.resources = new Resources(queue);
        this.end = CLEANER.register(this, resources);
        this.status = own(session, STATUS_INTS * 4L);
        Map<Integer, DeviceMemory.Array> slots = new HashMap<>();
        for (Buffer b : program.buffers()) {
            control.check();
            arrays.add(
                    switch (b.role()) {
                        case Buffer.Input ignored -> own(session, bytes(b));
                        case Buffer.Output ignored -> own(session, bytes(b));
                        case Buffer.Fixed(var constant) -> DeviceConstants.of(constant, session, queue);
                        case Buffer.Temporary(int slot) ->
                            slots.computeIfAbsent(
                                    slot,
                                    s -> own(session, program.slots().get(s).bytes()));
                    });
        }
        for (int i = 0; i < launches.size(); i++) {
            control.check();
            Map<Launch.Scratch, DeviceMemory.Array> scratch = new HashMap<>();
            List<ReadyLaunch> ready = new ArrayList<>();
            for (Launch l : launches.get(i)) {
                List<cl_mem> mems = new ArrayList<>();
                for (Launch.Array a : l.arrays()) {
                    mems.add(
                            switch (a) {
                                case Launch.OfBuffer(int buffer) ->
                                    arrays.get(buffer).mem();
                                case Launch.Scratch s ->
                                    scratch.computeIfAbsent(s, key -> own(session, bytes(key)))
                                            .mem();
                                case Launch.Derived d ->
                                    hold(DeviceConstants.of(d, session, queue)).mem();
                            });
                }
                ready.add(new ReadyLaunch(l, session.programs().kernel(l), status.mem(), i, mems));
                resources.launches.add(ready.getLast());
            }
            steps.add(ready);
        }
    }

    /// Derived arrays are the constant's; a frame only keeps them alive.
    private DeviceMemory.Array hold(DeviceMemory.Array array) {
        arrays.add(array);
        return array;
    }

    @SuppressWarnings("deprecation") // OpenCL 1.2 has no other call
    private static cl_command_queue queue(Session session) {
        return CL.clCreateCommandQueue(session.context(), session.device().id(), 0, null);
    }

    private DeviceMemory.Array own(Session session, long bytes) {
        DeviceMemory.Array array = session.memory().allocate(bytes);
        resources.owned.add(array);
        return array;
    }

    private static long bytes(Buffer b) {
        return (long) b.length() * b.dtype().bytes();
    }

    private static long bytes(Launch.Scratch s) {
        return (long) s.length() * s.dtype().bytes();
    }

    OpenClExecutable owner() {
        return owner;
    }

    /// @param uploaded output buffers whose elements are taken along
    void upload(List<Tensor> inputs, List<Tensor> outputs, Set<Integer> uploaded) {
        for (int i = 0; i < program.buffers().size(); i++) {
            Buffer b = program.buffers().get(i);
            if (b.role() instanceof Buffer.Input(int index)) {
                HostArrays.write(
                        queue,
                        inputs.get(index).array(),
                        bytes(b),
                        arrays.get(i).mem());
            } else if (b.role() instanceof Buffer.Output(int index) && uploaded.contains(i)) {
                HostArrays.write(
                        queue,
                        outputs.get(index).array(),
                        bytes(b),
                        arrays.get(i).mem());
            }
        }
        HostArrays.write(queue, new int[STATUS_INTS], STATUS_INTS * 4L, status.mem());
    }

    void launch(RunControl control) {
        boolean traces = control.traces();
        long pending = 0;
        for (int i = 0; i < steps.size(); i++) {
            long start = traces ? System.nanoTime() : 0;
            for (ReadyLaunch launch : steps.get(i)) {
                int items = launch.itemsFor(workAtOnce);
                for (int from = 0; from < launch.items(); from += items) {
                    if (pending > 0 && pending + launch.workOf(items) > workAtOnce) {
                        CL.clFinish(queue);
                        control.check();
                        pending = 0;
                    }
                    launch.enqueue(queue, from, Math.min(launch.items() - from, items));
                    pending += launch.workOf(items);
                }
            }
            if (traces) {
                CL.clFinish(queue);
                control.stepDone(program.steps().get(i), System.nanoTime() - start);
            }
        }
        CL.clFinish(queue);
        control.check();
    }

    /// @throws RunException where a launch left a failure
    void failIfFailed(boolean canFail) {
        if (!canFail) {
            return;
        }
        int[] left = new int[STATUS_INTS];
        HostArrays.read(queue, status.mem(), 0, left, STATUS_INTS * 4L);
        if (left[0] == 0) {
            return;
        }
        Program.Step step = program.steps().get(left[1]);
        long value = (left[3] & 0xFFFF_FFFFL) | ((long) left[4] << 32);
        throw new RunException("\"" + step.name() + "\": "
                + switch (Launch.Failure.of(left[0])) {
                    case NONE -> throw new IllegalStateException("no failure");
                    case DIVIDED_BY_ZERO -> "an integer is divided by zero";
                    case INDEX_OUTSIDE -> outside(step.kernel(), left[2], value);
                });
    }

    private static String outside(Kernel kernel, int axis, long index) {
        View indexed =
                kernel instanceof Kernel.Gather g ? g.data() : kernel.outputs().getFirst();
        int extent = indexed.dim(axis);
        return "index " + index + " must be in [" + -extent + ", " + extent + ") for axis " + axis + " of "
                + indexed.dtype() + Shape.of(indexed.dims());
    }

    void download(List<Tensor> outputs) {
        for (int i = 0; i < outputs.size(); i++) {
            View v = program.outputs().get(i);
            int width = v.dtype().bytes();
            HostArrays.read(
                    queue,
                    arrays.get(v.buffer()).mem(),
                    (long) v.offset() * width,
                    outputs.get(i).array(),
                    (long) v.length() * width);
        }
    }

    /// Waits for what a run that stopped early left in the queue.
    void settle() {
        try {
            CL.clFinish(queue);
        } catch (CLException lost) {
            System.getLogger(DeviceFrame.class.getName())
                    .log(System.Logger.Level.DEBUG, "the queue failed: {0}", lost.getMessage());
        }
    }

    @Override
    public void close() {
        end.clean();
    }
}
