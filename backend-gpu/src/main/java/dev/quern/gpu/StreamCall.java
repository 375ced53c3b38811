package dev.quern.gpu;

import dev.quern.device.Queue;
import dev.quern.gpu.driver.CudaDriver;

/// What a stream can be asked for.
sealed interface StreamCall extends Queue.Call permits ReadyFunction, ReadyCall {

    /// Asks the stream for a range of the items. The context is current.
    void enqueue(CudaDriver driver, int from, int count, long stream);
}
