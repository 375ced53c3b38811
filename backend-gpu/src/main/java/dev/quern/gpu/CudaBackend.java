package dev.quern.gpu;

import dev.quern.device.DeviceBackend;

/// Runs programs on one CUDA device.
final class CudaBackend extends DeviceBackend<CudaAccelerator, Long> {
    static final String NAME = "cuda";

    CudaBackend(CudaAccelerator accelerator) {
        super(accelerator);
    }

    @Override
    public void close() {
        accelerator().close();
    }
}
