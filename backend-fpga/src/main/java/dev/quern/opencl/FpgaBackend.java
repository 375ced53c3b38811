package dev.quern.opencl;

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
import java.util.List;
import java.util.Optional;

/// Runs programs whose kernels a [Bundle] holds as a binary, on a card that compiles nothing.
final class FpgaBackend implements Backend {
    static final String NAME = "fpga";

    private final OpenClAccelerator accelerator;

    FpgaBackend(Device device, Bundle bundle) {
        this.accelerator = OpenClAccelerator.sealed(device, bundle);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean multipliesIntegers() {
        return true;
    }

    @Override
    public Optional<String> refuses(Kernel kernel) {
        return KernelCode.refuses(kernel, false);
    }

    @Override
    public Optional<String> refuses(DType dtype) {
        return Card.refuses(dtype);
    }

    @Override
    public Optional<String> refuses(Kernel.Claimed op, List<TensorType> inputs) {
        return Card.refuses(op, inputs);
    }

    @Override
    public DeviceTensor allocate(TensorType type) {
        return new ResidentTensor<>(accelerator, type);
    }

    /// @throws dev.quern.backend.BackendException where the bundle lacks a kernel
    @Override
    public Executable compile(Program program, Settings settings) {
        return DeviceExecutable.of(program, accelerator, settings.control());
    }
}
