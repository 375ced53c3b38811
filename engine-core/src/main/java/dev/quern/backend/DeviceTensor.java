package dev.quern.backend;

import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;

/// Elements that lie where a backend computes, and stay there from run to run: made by [Backend#allocate], read and
/// written by bound runs (`Model.bindOnDevice`) without a copy, so that the result of one run can be what the next one
/// reads. For one run at a time.
public interface DeviceTensor extends AutoCloseable {

    /// The element type and the extents, all fixed.
    TensorType type();

    /// Copies all elements to the device.
    ///
    /// @throws dev.quern.tensor.ShapeException where `elements` is of another type
    /// @throws BackendException where the device fails
    void write(Tensor elements);

    /// A copy of all elements.
    ///
    /// @throws BackendException where the device fails
    Tensor read();

    /// Gives the memory back; what is bound to it must not run any more.
    @Override
    void close();
}
