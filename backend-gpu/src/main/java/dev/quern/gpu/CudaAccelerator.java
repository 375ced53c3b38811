package dev.quern.gpu;

import dev.quern.backend.BackendException;
import dev.quern.backend.ProductPrecision;
import dev.quern.codegen.Launch;
import dev.quern.codegen.Target;
import dev.quern.codegen.Task;
import dev.quern.device.Accelerator;
import dev.quern.device.DeviceMemory;
import dev.quern.device.DiskCache;
import dev.quern.device.Queue;
import dev.quern.gpu.driver.CudaCompiler;
import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.CudaDriver.DeviceAttribute;
import dev.quern.gpu.driver.CudaException;
import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.VendorException;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// One CUDA device in its primary context.
///
/// Threads of all kinds call it: what needs the context makes it current just before, in the same Java method, so that
/// a virtual thread cannot change its carrier between the two.
final class CudaAccelerator implements Accelerator<Long>, AutoCloseable {
    /// Plain kernels do about one elementary operation in this many cycles of a multiprocessor.
    private static final long MILLISECONDS_AT_ONCE = 10;
    /// For drivers that keep the clock to themselves.
    private static final long LEAST_AT_ONCE = 1_000_000;

    /// The first capability whose matrix units take TF32 and both kinds of 16 bits.
    private static final int MATRIX_UNITS = 80;

    private final CudaDriver driver;
    private final int device;
    private final String name;
    private final long context;
    private final long workAtOnce;
    private final DeviceMemory<Long> memory;
    private final PinnedMemory pinned;
    private final BuiltModules modules;
    private final VendorWork libraries;
    private final boolean hasMatrixUnits;

    /// @param libraries where those beside driver and compiler are, which are looked for when they are needed
    /// @throws CudaException where the device gives no context
    CudaAccelerator(CudaDriver driver, int device, CudaCompiler compiler, Libraries libraries) {
        this(driver, device, compiler, DiskCache.of(CudaBackend.NAME), a -> VendorWork.of(a, libraries));
    }

    /// @param libraries makes what does large work by libraries
    CudaAccelerator(
            CudaDriver driver,
            int device,
            CudaCompiler compiler,
            DiskCache disk,
            Function<CudaAccelerator, VendorWork> libraries) {
        this.driver = driver;
        this.device = device;
        this.name = driver.deviceName(device);
        this.context = driver.retainContext(device);
        this.workAtOnce = Math.max(
                LEAST_AT_ONCE,
                MILLISECONDS_AT_ONCE
                        * driver.attribute(DeviceAttribute.CLOCK_KHZ, device)
                        * driver.attribute(DeviceAttribute.MULTIPROCESSORS, device));
        this.memory = new DeviceMemory<>(CudaBackend.NAME, new Source());
        this.pinned = new PinnedMemory(this);
        this.libraries = libraries.apply(this);
        int capability = Discovery.capability(driver, device);
        this.modules = new BuiltModules(this, compiler, capability, disk);
        this.hasMatrixUnits = capability >= MATRIX_UNITS;
    }

    private final class Source implements DeviceMemory.Source<Long> {
        @Override
        public Long allocate(long bytes) {
            CudaDriver here = current();
            try {
                return here.allocate(bytes);
            } catch (CudaException failed) {
                if (failed.kind() == CudaException.Kind.OUT_OF_MEMORY) {
                    throw new DeviceMemory.FullException(
                            failed.getMessage() + ", " + here.freeBytes() + " bytes are free");
                }
                throw failed;
            }
        }

        @Override
        public void free(Long array) {
            release(d -> d.free(array));
        }
    }

    /// The driver, with this device's context current in the calling thread.
    CudaDriver current() {
        driver.makeCurrent(context);
        return driver;
    }

    /// Gives something back; a device that is lost has taken it already.
    void release(Consumer<CudaDriver> what) {
        try {
            what.accept(current());
        } catch (CudaException lost) {
            System.getLogger(CudaAccelerator.class.getName())
                    .log(System.Logger.Level.DEBUG, "let go with: {0}", lost.getMessage());
        }
    }

    VendorWork libraries() {
        return libraries;
    }

    /// The number by which the driver, and NCCL, know the device.
    int device() {
        return device;
    }

    PinnedMemory pinned() {
        return pinned;
    }

    @Override
    public String backend() {
        return CudaBackend.NAME;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean hasDoubles() {
        return true;
    }

    @Override
    public Target target() {
        return Target.GPU;
    }

    @Override
    public boolean hasMatrixUnits() {
        return hasMatrixUnits;
    }

    @Override
    public long workAtOnce() {
        return workAtOnce;
    }

    /// What all CUDA devices take.
    @Override
    public int argumentBytes() {
        return 4096;
    }

    @Override
    public DeviceMemory<Long> memory() {
        return memory;
    }

    @Override
    public Queue<Long> newQueue() {
        return new CudaQueue(this, modules);
    }

    @Override
    public Hold build(Collection<Launch> launches) {
        return modules.build(launches);
    }

    @Override
    public Optional<List<Task>> byLibrary(Kernel kernel, List<Buffer> buffers, ProductPrecision precision) {
        return libraries.of(kernel, buffers, precision);
    }

    @Override
    public List<String> remarks() {
        return libraries.remarks();
    }

    @Override
    public RuntimeException explained(RuntimeException thrown) {
        return switch (thrown) {
            case CudaException failed ->
                new BackendException("cuda: " + failed.kind().meaning() + ", " + name + ": " + failed.getMessage()
                        + "; " + failed.kind().remedy());
            case VendorException failed ->
                new BackendException("cuda: a library failed, " + name + ": " + failed.getMessage()
                        + "; -Dquern.cuda.products=own does without cuBLASLt, -Dquern.cuda.convolutions=own without"
                        + " cuDNN");
            default -> thrown;
        };
    }

    /// Gives the context back. Nothing of it may be used after.
    @Override
    public void close() {
        libraries.close();
        modules.close();
        pinned.close();
        release(d -> d.releaseContext(device));
    }
}
