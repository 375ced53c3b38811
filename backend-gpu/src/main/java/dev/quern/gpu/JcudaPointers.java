package dev.quern.gpu;

import dev.quern.backend.Backend;
import dev.quern.backend.DeviceTensor;
import dev.quern.gpu.jcuda.JcudaAddresses;
import dev.quern.tensor.Type.TensorType;
import jcuda.driver.CUdeviceptr;

/// Memory of the device that is shared with code that uses JCuda, by whichever driver Quern runs: both work in the
/// device's primary context.
public final class JcudaPointers {
    private JcudaPointers() {}

    /// Where the tensor's elements lie. Valid until it is closed; what writes there must have ended before a run
    /// reads.
    ///
    /// @throws dev.quern.tensor.ShapeException where it is not a tensor of the `cuda` backend
    @SuppressWarnings("exports") // who calls this has JCuda
    public static CUdeviceptr of(DeviceTensor tensor) {
        return JcudaAddresses.pointer(CudaMemory.address(tensor));
    }

    /// A tensor whose elements lie where `pointer` says; it stays its owner's, who keeps it until the tensor is
    /// closed.
    ///
    /// @param backend the `cuda` backend of the device that the memory is on
    /// @throws dev.quern.tensor.ShapeException where it is another backend, or the pointer no multiple of 256 bytes
    @SuppressWarnings("exports") // who calls this has JCuda
    public static DeviceTensor tensor(Backend backend, TensorType type, CUdeviceptr pointer) {
        return CudaMemory.tensor(backend, type, JcudaAddresses.address(pointer));
    }
}
