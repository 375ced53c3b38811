package dev.quern.onnx;

import dev.quern.onnx.proto.DataType;
import dev.quern.onnx.proto.ExternalData;
import dev.quern.onnx.proto.TensorElements;
import dev.quern.onnx.proto.TensorEncoder;
import dev.quern.onnx.proto.TensorProto;
import dev.quern.tensor.Complex;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;

/// Tensors of files and of this library, both ways.
public final class OnnxTensors {
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
        Object array = switch (e.type().carrier()) {
            case FLOATS -> e.toFloats();
            case DOUBLES -> e.toDoubles();
            case LONGS -> e.toLongs();
            case INTS -> e.toInts();
            case SHORTS -> e.toShorts();
            case BYTES -> PackedBytes.unpack(e.toBytes(), dtype, Math.toIntExact(e.count()));
            case STRINGS -> e.toStrings();
        };
        return Tensor.wrap(dtype, array, e.dims());
    }

    public static TensorProto encode(String name, Tensor tensor) {
        return encode(name, OnnxTypes.dataType(tensor.dtype()), tensor.shape().extents(), tensor);
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
