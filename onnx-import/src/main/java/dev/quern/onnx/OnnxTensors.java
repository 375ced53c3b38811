package dev.quern.onnx;

import dev.quern.onnx.proto.Bytes;
import dev.quern.onnx.proto.DataType;
import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.TensorData;
import dev.quern.onnx.proto.TensorElements;
import dev.quern.onnx.proto.TensorEncoder;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.session.ModelException;
import dev.quern.tensor.Complex;
import dev.quern.tensor.DType;
import dev.quern.tensor.Shape;
import dev.quern.tensor.StoredArray;
import dev.quern.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;

/// Tensors of files and of this library, both ways.
public final class OnnxTensors {
    /// Bytes from which on a tensor may be left in its file.
    private static final int LARGE = 1 << 16;

    private OnnxTensors() {}

    /// Decodes a tensor, wherever its elements are.
    ///
    /// @throws dev.quern.onnx.proto.MalformedProtoException where type, dims and data do not agree
    /// @throws dev.quern.tensor.ShapeException past 2^31 − 1 elements
    public static Tensor decode(TensorProto proto, ExternalData external) {
        TensorElements e = TensorElements.of(proto, external);
        DType dtype = OnnxTypes.dtype(e.type());
        if (dtype.isComplex()) {
            Object parts = dtype == DType.C64 ? e.toFloats() : e.toDoubles();
            return Tensor.ofPairs(Tensor.wrap(dtype.partType(), parts, 2 * e.count()), e.dims());
        }
        Shape shape = Shape.of(e.dims());
        return external.leavesData() && e.bytes().byteSize() >= LARGE
                ? Tensor.deferred(dtype, shape, new InFile(e, dtype, external))
                : Tensor.wrap(dtype, array(e, dtype), shape);
    }

    /// An array that is in a file.
    private record InFile(TensorElements elements, DType dtype, ExternalData files) implements StoredArray {
        @Override
        public Object get() {
            check();
            return array(elements, dtype);
        }

        @Override
        public void copyTo(float[] target) {
            check();
            elements.copyTo(target);
        }

        MemorySegment bytes() {
            check();
            return elements.bytes();
        }

        private void check() {
            files.changed().ifPresent(file -> {
                throw new ModelException(file + " was written over while weights were still to be read from it: load"
                        + " the model again, and put a new file in the place of an old one by moving it there");
            });
        }
    }

    private static Object array(TensorElements e, DType dtype) {
        return switch (e.type().carrier()) {
            case FLOATS -> e.toFloats();
            case DOUBLES -> e.toDoubles();
            case LONGS -> e.toLongs();
            case INTS -> e.toInts();
            case SHORTS -> e.toShorts();
            case BYTES -> PackedBytes.unpack(e.toBytes(), dtype, Math.toIntExact(e.count()));
            case STRINGS -> e.toStrings();
        };
    }

    /// Encodes a tensor, which must not change before the message is written.
    public static TensorProto encode(String name, Tensor tensor) {
        DataType type = OnnxTypes.dataType(tensor.dtype());
        long[] dims = tensor.shape().extents();
        Optional<Supplier<Object>> deferred = tensor.deferredBy();
        if (deferred.isEmpty()) {
            return encode(name, type, dims, tensor);
        }
        Bytes bytes = deferred.get() instanceof InFile file
                ? Bytes.view(file.bytes())
                : Bytes.deferred(
                        type.bytesFor(tensor.length()),
                        () -> encode(name, type, dims, tensor).data().rawData().segment());
        return TensorProto.of(name, type, dims, TensorData.raw(bytes));
    }

    private static TensorProto encode(String name, DataType type, long[] dims, Tensor tensor) {
        return switch (tensor.array()) {
            case float[] a -> TensorEncoder.encode(name, type, dims, a);
            case double[] a -> TensorEncoder.encode(name, type, dims, a);
            case long[] a -> TensorEncoder.encode(name, type, dims, a);
            case int[] a -> TensorEncoder.encode(name, type, dims, a);
            case short[] a -> TensorEncoder.encode(name, type, dims, a);
            case byte[] a -> TensorEncoder.encode(name, type, dims, PackedBytes.pack(a, tensor.dtype()));
            case String[] a -> TensorEncoder.encode(name, dims, a);
            case Complex[] ignored -> encode(name, type, dims, tensor.toPairs());
            default ->
                throw new IllegalStateException(
                        "no array of elements: " + tensor.array().getClass());
        };
    }
}
