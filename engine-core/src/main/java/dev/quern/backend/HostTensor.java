package dev.quern.backend;

import dev.quern.tensor.ShapeException;
import dev.quern.tensor.Tensor;
import dev.quern.tensor.Type.TensorType;

/// Elements of a backend whose memory is that of the process.
record HostTensor(Tensor elements) implements DeviceTensor {

    @Override
    public TensorType type() {
        return elements.type();
    }

    @Override
    public void write(Tensor from) {
        if (!from.type().equals(type())) {
            throw new ShapeException("a tensor on the device is " + type() + ", not " + from.type());
        }
        System.arraycopy(from.array(), 0, elements.array(), 0, from.length());
    }

    @Override
    public Tensor read() {
        Tensor copy = Tensor.zeros(elements.dtype(), elements.shape());
        System.arraycopy(elements.array(), 0, copy.array(), 0, copy.length());
        return copy;
    }

    @Override
    public void close() {
        // the garbage collector's
    }

    /// The elements of tensors that [Backend#allocate] made by default.
    static Tensor of(DeviceTensor tensor) {
        if (tensor instanceof HostTensor(Tensor elements)) {
            return elements;
        }
        throw new ShapeException("a tensor of this backend is needed, not one of another");
    }
}
