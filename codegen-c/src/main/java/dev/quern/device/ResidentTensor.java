package dev.quern.device;

import dev.quern.backend.DeviceTensor;
import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;

/// A tensor in a device's memory.
///
/// @param <M> the driver's handle of an array
public final class ResidentTensor<M> implements DeviceTensor {
    private final Accelerator<M> device;
    private final TensorType type;
    private final DeviceMemory.Array<M> array;

    /// Zeros on `device`.
    ///
    /// @throws dev.quern.backend.BackendException where it has no room
    public ResidentTensor(Accelerator<M> device, TensorType type) {
        this.device = device;
        this.type = type;
        this.array = device.memory().allocate(bytes(type));
        write(Tensor.zeros(type.dtype(), type.shape()));
    }

    /// Elements that lie in memory of somebody else, and stay there.
    public ResidentTensor(Accelerator<M> device, TensorType type, M handle) {
        this.device = device;
        this.type = type;
        this.array = DeviceMemory.borrowed(handle);
    }

    private static long bytes(TensorType type) {
        return (long) type.shape().elements() * type.dtype().bytes();
    }

    /// The device that it is on.
    public Accelerator<M> device() {
        return device;
    }

    /// The driver's handle of its array.
    public M handle() {
        return array.handle();
    }

    @Override
    public TensorType type() {
        return type;
    }

    /// The array, where `owner` is the device that it is on.
    DeviceMemory.Array<M> array(Accelerator<M> owner) {
        if (!owner.equals(device)) {
            throw new ShapeException("a tensor of " + owner.name() + " is needed, not one of " + device.name());
        }
        return array;
    }

    /// The driver's handle, where `owner` is the device that it is on.
    ///
    /// @throws ShapeException where it is not
    public M handle(Accelerator<M> owner) {
        return array(owner).handle();
    }

    @Override
    public void write(Tensor elements) {
        if (!elements.type().equals(type)) {
            throw new ShapeException("a tensor on the device is " + type + ", not " + elements.type());
        }
        try (Queue<M> queue = device.newQueue()) {
            queue.write(elements.array(), bytes(type), array.handle());
            queue.finish();
        } catch (RuntimeException failed) {
            throw device.explained(failed);
        }
    }

    @Override
    public Tensor read() {
        Tensor elements = Tensor.zeros(type.dtype(), type.shape());
        try (Queue<M> queue = device.newQueue()) {
            queue.read(array.handle(), 0, elements.array(), bytes(type));
        } catch (RuntimeException failed) {
            throw device.explained(failed);
        }
        return elements;
    }

    @Override
    public void close() {
        array.close();
    }
}
