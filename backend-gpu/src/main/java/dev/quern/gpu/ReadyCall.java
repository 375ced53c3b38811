package dev.quern.gpu;

import dev.quern.gpu.driver.CudaDriver;
import dev.quern.gpu.driver.VendorLibrary;

/// A call of one of NVIDIA's libraries with its operands set.
record ReadyCall(VendorLibrary.Ready ready) implements StreamCall {

    @Override
    public void enqueue(CudaDriver driver, int from, int count, long stream) {
        ready.enqueue(stream);
    }

    @Override
    public void close() {
        ready.close();
    }
}
