package dev.quern.gpu;

import dev.quern.backend.Backend;
import dev.quern.backend.DeviceTensor;
import dev.quern.backend.Executable;
import dev.quern.codegen.KernelCode;
import dev.quern.device.DeviceExecutable;
import dev.quern.device.ResidentTensor;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type.TensorType;
import java.util.Optional;

/// Runs programs on one CUDA device. It claims no operator and refuses the kernels that `dev.quern.codegen` has no text
/// for.
final class CudaBackend implements Backend {
    static final String NAME = "cuda";

    private final CudaAccelerator accelerator;

    CudaBackend(CudaAccelerator accelerator) {
        this.accelerator = accelerator;
    }

    CudaAccelerator accelerator() {
        return accelerator;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> refuses(Kernel kernel) {
        return KernelCode.refuses(kernel, true);
    }

    @Override
    public Optional<String> refuses(DType dtype) {
        return KernelCode.refuses(dtype, true);
    }

    @Override
    public DeviceTensor allocate(TensorType type) {
        return new ResidentTensor<>(accelerator, type);
    }

    /// @throws dev.quern.backend.BackendException where the compiler or the driver fails
    @Override
    public Executable compile(Program program, Settings settings) {
        return DeviceExecutable.of(program, accelerator, settings.control());
    }

    @Override
    public void close() {
        accelerator.close();
    }
}
