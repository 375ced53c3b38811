package dev.quern.opencl;

import dev.quern.device.DeviceBackend;
import dev.quern.kernel.Kernel;
import dev.quern.tensor.Type.TensorType;
import java.util.List;
import java.util.Optional;
import org.jocl.cl_mem;

/// Runs programs whose kernels a [Bundle] holds as a binary, on a card that compiles nothing.
final class FpgaBackend extends DeviceBackend<OpenClAccelerator, cl_mem> {
    static final String NAME = "fpga";

    FpgaBackend(Device device, Bundle bundle) {
        super(OpenClAccelerator.sealed(device, bundle));
    }

    @Override
    public boolean multipliesIntegers() {
        return true;
    }

    @Override
    public Optional<String> refuses(Kernel.Claimed op, List<TensorType> inputs) {
        return Card.refuses(op, inputs);
    }
}
