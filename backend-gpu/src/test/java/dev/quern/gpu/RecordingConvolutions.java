package dev.quern.gpu;

import dev.quern.gpu.driver.Convolutions;
import dev.quern.gpu.driver.TensorConvolution;

/// A library of convolutions that computes nothing.
final class RecordingConvolutions extends RecordingLibrary<TensorConvolution, Convolutions.Addresses>
        implements Convolutions {
    /// Whether a bias without Relu is more than it can do.
    boolean needsRelu;
    /// Whether gradients are more than it can do.
    boolean hasNoGradients;

    RecordingConvolutions() {
        super("cuDNN 0.0", "CUDNN_STATUS_INTERNAL_ERROR");
    }

    @Override
    boolean has(TensorConvolution work) {
        return (!needsRelu || !work.hasBias() || work.isRelu())
                && (!hasNoGradients || work.result() == TensorConvolution.Result.OUTPUT);
    }

    @Override
    VendorWork work(CudaAccelerator device, long least) {
        return new VendorWork(
                new LibraryProducts(device, NO_LIBRARIES::products, Long.MAX_VALUE),
                new LibraryConvolutions(device, () -> this, least));
    }
}
