package dev.quern.gpu;

import dev.quern.backend.AllReduce;
import dev.quern.backend.Backend;
import dev.quern.device.DeviceBackend;
import dev.quern.gpu.driver.Libraries;
import java.util.List;

/// Runs programs on one CUDA device.
final class CudaBackend extends DeviceBackend<CudaAccelerator, Long> {
    static final String NAME = "cuda";

    private final Libraries libraries;

    CudaBackend(CudaAccelerator accelerator) {
        this(accelerator, Libraries.ofThisMachine());
    }

    /// @param libraries where those beside the driver are looked for
    CudaBackend(CudaAccelerator accelerator, Libraries libraries) {
        super(accelerator);
        this.libraries = libraries;
    }

    @Override
    public AllReduce.Offer allReduce(List<Backend> devices) {
        return NcclSum.offer(devices, libraries);
    }

    @Override
    public void close() {
        accelerator().close();
    }
}
