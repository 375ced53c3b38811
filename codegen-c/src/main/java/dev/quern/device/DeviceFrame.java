package dev.quern.device;

import dev.quern.backend.Executable;
import dev.quern.backend.RunControl;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Task;
import dev.quern.codegen.VendorCall;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What one run needs on the device: a queue, the arrays of all buffers, and a call for each launch whose arguments are
/// set once.
///
/// @param <M> the driver's handle of an array
final class DeviceFrame<M> implements Executable.Frame {
    private static final Cleaner CLEANER = Cleaner.create();

    private final DeviceExecutable<M> owner;
    private final Program program;
    private final Accelerator<M> device;
    private final Optional<Resident<M>> resident;
    private final Resources<M> resources;
    private final Cleaner.Cleanable end;
    private final List<DeviceMemory.Array<M>> arrays = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Queue.Batch> whole = new ArrayList<>();
    private final Queue<M> queue;
    private final DeviceMemory.Array<M> status;

    /// One of the program's steps; its batches are made when it is traced for the first time.
    private record Step(List<Task> tasks, List<Queue.Call> calls, List<Queue.Batch> traced) {}

    /// What is released at the end, which must not know the frame.
    private record Resources<M>(Queue<M> queue, List<AutoCloseable> onQueue, List<DeviceMemory.Array<M>> owned)
            implements Runnable {
        @Override
        public void run() {
            for (AutoCloseable one : onQueue.reversed()) {
                close(one);
            }
            owned.forEach(DeviceMemory.Array::close);
            close(queue);
        }

        private static void close(AutoCloseable one) {
            try {
                one.close();
            } catch (Exception lost) {
                System.getLogger(DeviceFrame.class.getName())
                        .log(System.Logger.Level.DEBUG, "the device let go with: {0}", lost.getMessage());
            }
        }
    }

    /// Tensors on the device that take the place of arrays of the frame's own, by position.
    ///
    /// @param <M> the driver's handle of an array
    record Resident<M>(List<DeviceMemory.Array<M>> inputs, List<DeviceMemory.Array<M>> outputs) {}

    /// @param resident where inputs and outputs stay on the device
    DeviceFrame(DeviceExecutable<M> owner, List<List<Task>> tasks, Optional<Resident<M>> resident, RunControl control) {
        this.owner = owner;
        this.resident = resident;
        this.program = owner.program();
        this.device = owner.device();
        this.queue = device.newQueue();
        this.resources = new Resources<>(queue, new ArrayList<>(), new ArrayList<>());
        this.end = CLEANER.register(this, resources);
        boolean isMade = false;
        try {
            this.status = own(Failed.STATUS_INTS * 4L);
            bind(control);
            prepare(tasks, control);
            isMade = true;
        } finally {
            if (!isMade) {
                end.clean();
            }
        }
    }

    private void bind(RunControl control) {
        Map<Integer, DeviceMemory.Array<M>> slots = new HashMap<>();
        for (Buffer b : program.buffers()) {
            control.check();
            arrays.add(
                    switch (b.role()) {
                        case Buffer.Input(int index) ->
                            resident.map(r -> r.inputs().get(index)).orElseGet(() -> own(bytes(b)));
                        case Buffer.Output(int index) ->
                            resident.map(r -> r.outputs().get(index)).orElseGet(() -> own(bytes(b)));
                        case Buffer.Fixed(var constant) -> DeviceConstants.of(constant, device, queue);
                        case Buffer.Temporary(int slot) ->
                            slots.computeIfAbsent(
                                    slot, s -> own(program.slots().get(s).bytes()));
                    });
        }
    }

    private void prepare(List<List<Task>> tasks, RunControl control) {
        long workspace = workspace(tasks);
        Optional<DeviceMemory.Array<M>> shared = workspace == 0 ? Optional.empty() : Optional.of(own(workspace));
        Cutting cutting = new Cutting(device.workAtOnce());
        for (int i = 0; i < tasks.size(); i++) {
            control.check();
            Map<Launch.Scratch, DeviceMemory.Array<M>> scratch = new HashMap<>();
            Step step = new Step(tasks.get(i), new ArrayList<>(), new ArrayList<>());
            for (Task t : step.tasks()) {
                List<M> handles = new ArrayList<>();
                for (Launch.Array a : t.arrays()) {
                    handles.add(
                            switch (a) {
                                case Launch.OfBuffer(int buffer) ->
                                    arrays.get(buffer).handle();
                                case Launch.Scratch s ->
                                    scratch.computeIfAbsent(s, key -> own(bytes(key)))
                                            .handle();
                                case Launch.Workspace ignored ->
                                    shared.orElseThrow().handle();
                                case Launch.Derived d ->
                                    hold(DeviceConstants.of(d, device, queue)).handle();
                            });
                }
                Queue.Call call = switch (t) {
                    case Launch l -> queue.prepare(l, status.handle(), i, handles);
                    case VendorCall v -> queue.prepare(v, handles);
                };
                resources.onQueue().add(call);
                step.calls().add(call);
                cutting.add(t, call);
            }
            steps.add(step);
        }
        cutting.batches().forEach(parts -> whole.add(batch(parts)));
    }

    /// The most that a task wants to have for itself while it runs.
    private static long workspace(List<List<Task>> tasks) {
        return tasks.stream()
                .flatMap(List::stream)
                .flatMap(t -> t.arrays().stream())
                .mapToLong(a -> a instanceof Launch.Workspace(long bytes) ? bytes : 0)
                .max()
                .orElse(0);
    }

    private Queue.Batch batch(List<Queue.Part> parts) {
        Queue.Batch batch = queue.batch(parts);
        resources.onQueue().add(batch);
        return batch;
    }

    /// Derived arrays are the constant's; a frame only keeps them alive.
    private DeviceMemory.Array<M> hold(DeviceMemory.Array<M> array) {
        arrays.add(array);
        return array;
    }

    private DeviceMemory.Array<M> own(long bytes) {
        DeviceMemory.Array<M> array = device.memory().allocate(bytes);
        resources.owned().add(array);
        return array;
    }

    private static long bytes(Buffer b) {
        return (long) b.length() * b.dtype().bytes();
    }

    private static long bytes(Launch.Scratch s) {
        return (long) s.length() * s.dtype().bytes();
    }

    DeviceExecutable<M> owner() {
        return owner;
    }

    /// @param uploaded output buffers whose elements are taken along
    void upload(List<Tensor> inputs, List<Tensor> outputs, Set<Integer> uploaded) {
        for (int i = 0; i < program.buffers().size(); i++) {
            Buffer b = program.buffers().get(i);
            if (b.role() instanceof Buffer.Input(int index)) {
                queue.write(inputs.get(index).array(), bytes(b), arrays.get(i).handle());
            } else if (b.role() instanceof Buffer.Output(int index) && uploaded.contains(i)) {
                queue.write(outputs.get(index).array(), bytes(b), arrays.get(i).handle());
            }
        }
        clearStatus();
    }

    boolean isResident() {
        return resident.isPresent();
    }

    /// Makes ready for a run on tensors on the device.
    void clearStatus() {
        queue.write(new int[Failed.STATUS_INTS], Failed.STATUS_INTS * 4L, status.handle());
    }

    /// Copies results that are no array of their own, an input that is handed through or a constant, to their
    /// place.
    void placeOthers() {
        for (int i = 0; i < program.outputs().size(); i++) {
            View v = program.outputs().get(i);
            Buffer from = program.buffers().get(v.buffer());
            if (!from.role().equals(new Buffer.Output(i)) || v.offset() != 0) {
                Tensor through = Tensor.zeros(v.dtype(), Shape.of(v.dims()));
                long bytes = (long) v.length() * v.dtype().bytes();
                queue.read(
                        arrays.get(v.buffer()).handle(),
                        (long) v.offset() * v.dtype().bytes(),
                        through.array(),
                        bytes);
                queue.write(
                        through.array(),
                        bytes,
                        resident.orElseThrow().outputs().get(i).handle());
            }
        }
        queue.finish();
    }

    void launch(RunControl control) {
        if (control.traces()) {
            traced(control);
            return;
        }
        for (int i = 0; i < whole.size(); i++) {
            whole.get(i).enqueue();
            if (i + 1 < whole.size()) {
                queue.finish();
                control.check();
            }
        }
        queue.finish();
        control.check();
    }

    /// Step by step, each waited for.
    private void traced(RunControl control) {
        queue.finish();
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            if (step.traced().isEmpty()) {
                Cutting cutting = new Cutting(device.workAtOnce());
                for (int l = 0; l < step.calls().size(); l++) {
                    cutting.add(step.tasks().get(l), step.calls().get(l));
                }
                cutting.batches().forEach(parts -> step.traced().add(batch(parts)));
            }
            long start = System.nanoTime();
            for (Queue.Batch batch : step.traced()) {
                control.check();
                batch.enqueue();
                queue.finish();
            }
            control.stepDone(program.steps().get(i), System.nanoTime() - start);
        }
        control.check();
    }

    /// @throws dev.quern.backend.RunException where a launch left a failure
    void failIfFailed() {
        int[] left = new int[Failed.STATUS_INTS];
        queue.read(status.handle(), 0, left, Failed.STATUS_INTS * 4L);
        Failed.check(left, program);
    }

    void download(List<Tensor> outputs) {
        for (int i = 0; i < outputs.size(); i++) {
            View v = program.outputs().get(i);
            int width = v.dtype().bytes();
            queue.read(
                    arrays.get(v.buffer()).handle(),
                    (long) v.offset() * width,
                    outputs.get(i).array(),
                    (long) v.length() * width);
        }
    }

    /// Waits for what a run that stopped early left in the queue.
    void settle() {
        try {
            queue.finish();
        } catch (RuntimeException lost) {
            System.getLogger(DeviceFrame.class.getName())
                    .log(System.Logger.Level.DEBUG, "the queue failed: {0}", lost.getMessage());
        }
    }

    @Override
    public void close() {
        end.clean();
    }
}
