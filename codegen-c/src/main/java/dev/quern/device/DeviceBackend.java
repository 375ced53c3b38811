package dev.quern.device;

import dev.quern.backend.Backend;
import dev.quern.backend.DeviceTensor;
import dev.quern.backend.Executable;
import dev.quern.codegen.KernelCode;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.tensor.DType;
import dev.quern.tensor.Type.TensorType;
import java.util.List;
import java.util.Optional;

/// Runs programs on one device. It claims no operator and refuses the kernels that [dev.quern.codegen] has no text for.
///
/// @param <A> the device
/// @param <M> the driver's handle of an array
public class DeviceBackend<A extends Accelerator<M>, M> implements Backend {
    private final A accelerator;

    public DeviceBackend(A accelerator) {
        this.accelerator = accelerator;
    }

    /// The device.
    public final A accelerator() {
        return accelerator;
    }

    @Override
    public final String name() {
        return accelerator.backend();
    }

    @Override
    public final Optional<String> refuses(Kernel kernel) {
        return KernelCode.refuses(kernel, accelerator.hasDoubles());
    }

    @Override
    public final Optional<String> refuses(DType dtype) {
        return KernelCode.refuses(dtype, accelerator.hasDoubles());
    }

    @Override
    public final List<String> remarks() {
        return accelerator.remarks();
    }

    @Override
    public final DeviceTensor allocate(TensorType type) {
        return new ResidentTensor<>(accelerator, type);
    }

    /// @throws dev.quern.backend.BackendException where the device's compiler fails, with its log, or a bundle
    ///     lacks a kernel
    @Override
    public final Executable compile(Program program, Settings settings) {
        return DeviceExecutable.of(program, accelerator, settings);
    }
}
