package dev.quern.device;

import dev.quern.backend.Backend;
import dev.quern.backend.DeviceTensor;
import dev.quern.backend.Executable;
import dev.quern.backend.ProductPrecision;
import dev.quern.backend.RunControl;
import dev.quern.codegen.Fused;
import dev.quern.codegen.Launch;
import dev.quern.codegen.StepFusion;
import dev.quern.codegen.Target;
import dev.quern.codegen.Task;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Program;
import dev.quern.kernel.View;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;

/// A program on a device: the launches of its steps. Concurrent runs have frames, and with them queues, of their own.
///
/// @param <M> the driver's handle of an array
public final class DeviceExecutable<M> implements Executable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Program program;
    private final Accelerator<M> device;
    private final List<List<Task>> steps;
    private final Set<Integer> uploaded;
    private final boolean canFail;
    private final Set<DeviceFrame<M>> frames =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private final Cleaner.Cleanable functions;

    private DeviceExecutable(
            Program program, Accelerator<M> device, List<List<Task>> steps, Accelerator.Hold functions) {
        this.program = program;
        this.device = device;
        this.steps = steps;
        this.uploaded = notWhollyWritten(program);
        this.canFail = steps.stream().flatMap(List::stream).anyMatch(Task::canFail);
        this.functions = CLEANER.register(this, functions::close);
    }

    /// Writes the program's kernels as launches and builds them.
    ///
    /// @throws dev.quern.backend.BackendException where the device's compiler fails, with its log
    /// @throws dev.quern.backend.CancelledException where the settings' control asked to stop
    public static <M> DeviceExecutable<M> of(Program given, Accelerator<M> device, Backend.Settings settings) {
        RunControl control = settings.control();
        ProductPrecision precision = device.hasMatrixUnits() ? settings.precision() : ProductPrecision.F32;
        Program program = device.target() == Target.GPU
                ? StepFusion.of(given, fused -> isFused(fused, given, device, precision), control)
                : given;
        List<Optional<List<Task>>> byLibrary = new ArrayList<>();
        for (Program.Step step : program.steps()) {
            control.check();
            byLibrary.add(device.byLibrary(step.kernel(), program.buffers(), precision));
        }
        List<List<Launch>> generated = new Launches(program, device.target(), precision, device.argumentBytes())
                .of(step -> byLibrary.get(step).isPresent(), control);
        List<List<Task>> steps = new ArrayList<>();
        for (int i = 0; i < generated.size(); i++) {
            List<Launch> own = generated.get(i);
            steps.add(byLibrary.get(i).orElseGet(() -> List.copyOf(own)));
        }
        List<Launch> texts = new ArrayList<>();
        for (List<Task> tasks : steps) {
            for (Task t : tasks) {
                if (t instanceof Launch l) {
                    texts.add(l);
                }
                t.arrays().forEach(a -> {
                    if (a instanceof Launch.Derived d) {
                        texts.add(d.by());
                    }
                });
            }
        }
        control.check();
        try {
            return new DeviceExecutable<>(program, device, steps, device.build(texts));
        } catch (RuntimeException failed) {
            throw device.explained(failed);
        }
    }

    /// Whether steps are one launch: unless their products are so much work that matrix units, or the vendor's
    /// library, make up for the way of what lies between through memory.
    private static boolean isFused(Fused fused, Program program, Accelerator<?> device, ProductPrecision precision) {
        return !fused.isLarge()
                || precision == ProductPrecision.F32
                        && fused.products().stream()
                                .noneMatch(p -> device.byLibrary(p, program.buffers(), precision)
                                        .isPresent());
    }

    /// Output buffers of which no step writes every element: what is there is taken along.
    private static Set<Integer> notWhollyWritten(Program program) {
        Set<Integer> open = new HashSet<>();
        for (int i = 0; i < program.buffers().size(); i++) {
            if (program.buffers().get(i).role() instanceof Buffer.Output) {
                open.add(i);
            }
        }
        for (Program.Step s : program.steps()) {
            for (View v : s.kernel().outputs()) {
                if (v.isContiguous()
                        && v.length() == program.buffers().get(v.buffer()).length()) {
                    open.remove(v.buffer());
                }
            }
        }
        return open;
    }

    Program program() {
        return program;
    }

    Accelerator<M> device() {
        return device;
    }

    @Override
    public Frame newFrame(RunControl control) {
        return newFrame(Optional.empty(), control);
    }

    @Override
    public Frame newFrame(List<DeviceTensor> inputs, List<DeviceTensor> outputs, RunControl control) {
        List<DeviceMemory.Array<M>> read = arrays(inputs);
        List<DeviceMemory.Array<M>> written = arrays(outputs);
        check(places(inputs), places(outputs));
        return newFrame(Optional.of(new DeviceFrame.Resident<>(read, written)), control);
    }

    private static List<TensorType> places(List<DeviceTensor> tensors) {
        return tensors.stream().map(DeviceTensor::type).toList();
    }

    @SuppressWarnings("unchecked") // a tensor of this device has our type
    private List<DeviceMemory.Array<M>> arrays(List<DeviceTensor> tensors) {
        List<DeviceMemory.Array<M>> arrays = new ArrayList<>();
        for (DeviceTensor t : tensors) {
            if (!(t instanceof ResidentTensor<?> resident)) {
                throw new ShapeException("a tensor of " + device.name() + " is needed, not one of another backend");
            }
            arrays.add(((ResidentTensor<M>) resident).array(device));
        }
        return arrays;
    }

    private Frame newFrame(Optional<DeviceFrame.Resident<M>> resident, RunControl control) {
        try {
            DeviceFrame<M> frame = new DeviceFrame<>(this, steps, resident, control);
            frames.add(frame);
            return frame;
        } catch (RuntimeException failed) {
            throw device.explained(failed);
        }
    }

    @SuppressWarnings("unchecked") // a frame whose owner is this has our type
    private DeviceFrame<M> own(Frame frame, boolean isResident) {
        if (!(frame instanceof DeviceFrame<?> any) || any.owner() != this || any.isResident() != isResident) {
            throw new ShapeException("a frame of this executable is needed, not one of another");
        }
        return (DeviceFrame<M>) any;
    }

    @Override
    public void run(Frame frame, RunControl control) {
        DeviceFrame<M> own = own(frame, true);
        control.check();
        try {
            own.clearStatus();
            own.launch(control);
            if (canFail) {
                own.failIfFailed();
            }
            own.placeOthers();
        } catch (RuntimeException failed) {
            throw device.explained(failed);
        } finally {
            own.settle();
        }
    }

    @Override
    public void run(Frame frame, List<Tensor> inputs, List<Tensor> outputs, RunControl control) {
        DeviceFrame<M> own = own(frame, false);
        check(
                inputs.stream().map(Tensor::type).toList(),
                outputs.stream().map(Tensor::type).toList());
        control.check();
        try {
            own.upload(inputs, outputs, uploaded);
            own.launch(control);
            if (canFail) {
                own.failIfFailed();
            }
            own.download(outputs);
        } catch (RuntimeException failed) {
            throw device.explained(failed);
        } finally {
            own.settle();
        }
    }

    private void check(List<TensorType> inputs, List<TensorType> outputs) {
        if (inputs.size() != program.inputs().size()
                || outputs.size() != program.outputs().size()) {
            throw new ShapeException("the program takes " + program.inputs().size() + " inputs and gives "
                    + program.outputs().size() + " outputs, not " + inputs.size() + " and " + outputs.size());
        }
        for (Buffer buffer : program.buffers()) {
            switch (buffer.role()) {
                case Buffer.Input(int index) -> check("input", index, inputs.get(index), buffer);
                case Buffer.Output(int index) -> check("output", index, outputs.get(index), buffer);
                case Buffer.Fixed ignored -> {}
                case Buffer.Temporary ignored -> {}
            }
        }
    }

    private static void check(String what, int index, TensorType tensor, Buffer buffer) {
        if (tensor.dtype() != buffer.dtype() || tensor.shape().elements() != buffer.length()) {
            throw new ShapeException(what + " " + index + " must have " + buffer.length() + " elements of "
                    + buffer.dtype() + ", not be " + tensor);
        }
    }

    @Override
    public void close() {
        synchronized (frames) {
            frames.forEach(DeviceFrame::close);
            frames.clear();
        }
        functions.clean();
    }
}
