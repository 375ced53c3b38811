package dev.quern.onnx;

import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.SparseTensorProto;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.session.ModelException;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;

/// Sparse tensors of files (coordinates and values), which are dense here.
final class SparseTensors {
    private SparseTensors() {}

    /// The name of a sparse initializer, which is that of its values.
    static String name(SparseTensorProto proto) {
        return proto.values() == null ? "" : proto.values().name();
    }

    /// @throws ModelException where values, indices and dims do not agree, or there is no room for all elements
    static Tensor decode(SparseTensorProto proto, ExternalData external) {
        String label = "sparse tensor \"" + name(proto) + "\"";
        TensorProto values = proto.values();
        if (values == null) {
            throw new ModelException(label + " has no values");
        }
        Tensor given = OnnxTensors.decode(values, external);
        Shape shape = Shape.of(proto.dims().toLongs());
        long bytes = (long) shape.elements() * given.dtype().bytes();
        if (bytes > Runtime.getRuntime().maxMemory() / 2) {
            throw new ModelException(label + " needs " + bytes + " bytes, more than half of the heap");
        }
        Tensor dense = Tensor.zeros(given.dtype(), shape);
        if (given.length() == 0) {
            return dense;
        }
        if (proto.indices() == null) {
            throw new ModelException(label + " has values and no indices");
        }
        Tensor indices = OnnxTensors.decode(proto.indices(), external);
        boolean linear = indices.rank() == 1;
        int rank = shape.rank();
        if (indices.length() != (linear ? given.length() : (long) given.length() * rank)) {
            throw new ModelException(label + ": " + given.length() + " values have indices " + indices.type());
        }
        long[] extents = shape.extents();
        for (int i = 0; i < given.length(); i++) {
            long at = linear ? checked(indices.getLong(i), dense.length(), label) : 0;
            for (int axis = 0; !linear && axis < rank; axis++) {
                at = at * extents[axis] + checked(indices.getLong(i * rank + axis), extents[axis], label);
            }
            dense.elements().copy((int) at, given.elements(), i);
        }
        return dense;
    }

    private static long checked(long index, long extent, String label) {
        if (index < 0 || index >= extent) {
            throw new ModelException(label + ": index " + index + " is outside 0 to " + (extent - 1));
        }
        return index;
    }
}
