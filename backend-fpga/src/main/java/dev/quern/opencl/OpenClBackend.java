package dev.quern.opencl;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.codegen.KernelCode;
import dev.quern.codegen.Target;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.tensor.DType;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;

/// Runs programs on one OpenCL device. It claims no operator and refuses the kernels that `dev.quern.codegen` has no
/// text for.
final class OpenClBackend implements Backend {
    static final String NAME = "opencl";

    private final Device device;
    private final cl_context context;
    private final DeviceMemory memory;
    private final BuiltPrograms programs;

    OpenClBackend(Device device) {
        this.device = device;
        cl_context_properties properties = new cl_context_properties();
        properties.addProperty(CL.CL_CONTEXT_PLATFORM, device.platform());
        this.context = CL.clCreateContext(properties, 1, new cl_device_id[] {device.id()}, null, null, null);
        this.memory = new DeviceMemory(context);
        this.programs = new BuiltPrograms(device, context, DiskCache.inUserDirectory());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> refuses(Kernel kernel) {
        return KernelCode.refuses(kernel, device.hasDoubles());
    }

    @Override
    public Optional<String> refuses(DType dtype) {
        return KernelCode.refuses(dtype, device.hasDoubles());
    }

    /// @throws dev.quern.backend.BackendException where the device's compiler fails, with its log
    @Override
    public Executable compile(Program program, Settings settings) {
        Target target = device.isGpu() ? Target.GPU : Target.CPU;
        return OpenClExecutable.of(program, target, new Session(device, context, memory, programs), settings.control());
    }

    /// What executables of one device share.
    record Session(Device device, cl_context context, DeviceMemory memory, BuiltPrograms programs) {}
}
