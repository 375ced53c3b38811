package dev.quern.gpu;

import dev.quern.backend.Backend;
import dev.quern.backend.DeviceTensor;
import dev.quern.device.ResidentTensor;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Type.TensorType;

/// Memory of the device that is shared with other users of CUDA in this process. All work in the device's primary
/// context.
public final class CudaMemory {
    /// What cuMemAlloc gives, and what kernels and libraries were chosen for.
    private static final int ALIGNMENT = 256;

    private CudaMemory() {}

    /// The device address of a tensor's elements, row-major. Valid until it is closed; what writes there must have
    /// ended before a run reads.
    ///
    /// @throws ShapeException where it is not a tensor of the `cuda` backend
    public static long address(DeviceTensor tensor) {
        if (tensor instanceof ResidentTensor<?> resident
                && resident.device() instanceof CudaAccelerator
                && resident.handle() instanceof Long address) {
            return address;
        }
        throw new ShapeException("a tensor of the cuda backend is needed, not " + tensor.type() + " of another");
    }

    /// A tensor whose elements lie at a device address; the memory stays its owner's, who keeps it until the tensor
    /// is closed.
    ///
    /// @param backend the `cuda` backend of the device that the memory is on
    /// @throws ShapeException where it is another backend, or the address no multiple of 256 bytes
    public static DeviceTensor tensor(Backend backend, TensorType type, long address) {
        if (!(backend instanceof CudaBackend cuda)) {
            throw new ShapeException("memory of a CUDA device is for the cuda backend, not for " + backend.name());
        }
        if (address == 0 || address % ALIGNMENT != 0) {
            throw new ShapeException(
                    "a device address must be a multiple of " + ALIGNMENT + ", not 0x" + Long.toHexString(address));
        }
        return new ResidentTensor<>(cuda.accelerator(), type, address);
    }
}
