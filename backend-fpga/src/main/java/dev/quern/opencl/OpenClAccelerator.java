package dev.quern.opencl;

import dev.quern.backend.BackendException;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
import dev.quern.device.Accelerator;
import dev.quern.device.DeviceMemory;
import dev.quern.device.DiskCache;
import dev.quern.device.Queue;
import java.util.Collection;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_mem;

/// One OpenCL device with a context of its own.
final class OpenClAccelerator implements Accelerator<cl_mem> {
    /// Some milliseconds of one core, or of a GPU.
    private static final long CPU_WORK = 6_000_000;

    private static final long GPU_WORK = 2_000_000_000L;

    private final Device device;
    private final cl_context context;
    private final DeviceMemory<cl_mem> memory;
    private final Programs programs;
    private final String backend;
    private final Target target;

    private OpenClAccelerator(Device device, cl_context context, Programs programs, String backend, Target target) {
        this.device = device;
        this.context = context;
        this.memory = new DeviceMemory<>(backend, new Buffers(context));
        this.programs = programs;
        this.backend = backend;
        this.target = target;
    }

    /// A device that compiles what it lacks.
    static OpenClAccelerator compiling(Device device) {
        return compiling(device, device.isGpu() ? Target.GPU : Target.CPU);
    }

    /// A device that compiles what it lacks, as kernels for `target`, whatever it is.
    static OpenClAccelerator compiling(Device device, Target target) {
        cl_context context = context(device);
        return new OpenClAccelerator(
                device, context, new BuiltPrograms(device, context, disk(device)), OpenClBackend.NAME, target);
    }

    /// A device that has the functions of a bundle and no others, with a queue for each of them.
    static OpenClAccelerator sealed(Device device, Bundle bundle) {
        cl_context context = context(device);
        return new OpenClAccelerator(
                device, context, new SealedPrograms(device, context, bundle), FpgaBackend.NAME, Target.FPGA);
    }

    /// Whether it is this device.
    boolean isOf(Device one) {
        return device.equals(one);
    }

    private static Optional<DiskCache> disk(Device device) {
        return device.keepsBuilt() ? Optional.empty() : Optional.of(DiskCache.of(OpenClBackend.NAME));
    }

    static cl_context context(Device device) {
        cl_context_properties properties = new cl_context_properties();
        properties.addProperty(CL.CL_CONTEXT_PLATFORM, device.platform());
        return CL.clCreateContext(properties, 1, new cl_device_id[] {device.id()}, null, null, null);
    }

    private record Buffers(cl_context context) implements DeviceMemory.Source<cl_mem> {
        @Override
        public cl_mem allocate(long bytes) {
            try {
                return CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, null);
            } catch (CLException full) {
                throw new DeviceMemory.FullException(String.valueOf(full.getMessage()));
            }
        }

        @Override
        public void free(cl_mem array) {
            try {
                CL.clReleaseMemObject(array);
            } catch (CLException lost) {
                System.getLogger(OpenClAccelerator.class.getName())
                        .log(System.Logger.Level.DEBUG, "an array was let go with: {0}", lost.getMessage());
            }
        }
    }

    @Override
    public String backend() {
        return backend;
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public boolean hasDoubles() {
        return target != Target.FPGA && device.hasDoubles();
    }

    @Override
    public Target target() {
        return target;
    }

    @Override
    public long workAtOnce() {
        return device.isGpu() ? GPU_WORK : CPU_WORK;
    }

    @Override
    public DeviceMemory<cl_mem> memory() {
        return memory;
    }

    @Override
    public Queue<cl_mem> newQueue() {
        return target == Target.FPGA
                ? new KernelQueues(context, device, programs)
                : new OpenClQueue(context, device, programs);
    }

    @Override
    public Hold build(Collection<Launch> launches) {
        return programs.build(launches);
    }

    @Override
    public RuntimeException explained(RuntimeException thrown) {
        return thrown instanceof CLException
                ? new BackendException(backend + ": " + device.name() + " failed: " + thrown.getMessage())
                : thrown;
    }
}
