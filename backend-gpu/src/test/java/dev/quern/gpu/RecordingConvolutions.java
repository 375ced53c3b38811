package dev.quern.gpu;

import dev.quern.gpu.driver.Convolutions;
import dev.quern.gpu.driver.Libraries;
import dev.quern.gpu.driver.TensorConvolution;
import java.util.List;

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

    static Convolutions missing() {
        return Libraries.in(List.of()).convolutions();
    }

    @Override
    boolean has(TensorConvolution work) {
        return (!needsRelu || !work.hasBias() || work.isRelu())
                && (!hasNoGradients || work.result() == TensorConvolution.Result.OUTPUT);
    }

    /// This one, for convolutions of any size.
    LibraryConvolutions forAll(CudaAccelerator device) {
        return new LibraryConvolutions(device, () -> this, 1);
    }
}
