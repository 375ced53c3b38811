package dev.quern.onnx.proto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.quern.onnx.proto.DataType.Carrier;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Makes [TensorProto]s from row-major arrays, as little-endian `raw_data`. Where the machine keeps numbers in that
/// order too the arrays are not copied, so they must not change before the message is written.
///
/// Every method throws [IllegalArgumentException] if the array has another length than `dims` ask for, or the type is
/// held by another kind of array ([DataType#carrier()]).
public final class TensorEncoder {
    private TensorEncoder() {}

    /// FLOAT or COMPLEX64.
    public static TensorProto encode(String name, DataType type, long[] dims, float[] elements) {
        return encode(name, type, dims, Carrier.FLOATS, LittleEndian.FLOAT, elements, elements.length);
    }

    /// DOUBLE or COMPLEX128.
    public static TensorProto encode(String name, DataType type, long[] dims, double[] elements) {
        return encode(name, type, dims, Carrier.DOUBLES, LittleEndian.DOUBLE, elements, elements.length);
    }

    /// INT64 or UINT64.
    public static TensorProto encode(String name, DataType type, long[] dims, long[] elements) {
        return encode(name, type, dims, Carrier.LONGS, LittleEndian.LONG, elements, elements.length);
    }

    /// INT32 or UINT32.
    public static TensorProto encode(String name, DataType type, long[] dims, int[] elements) {
        return encode(name, type, dims, Carrier.INTS, LittleEndian.INT, elements, elements.length);
    }

    /// INT16, UINT16, FLOAT16 or BFLOAT16.
    public static TensorProto encode(String name, DataType type, long[] dims, short[] elements) {
        return encode(name, type, dims, Carrier.SHORTS, LittleEndian.SHORT, elements, elements.length);
    }

    /// Every type of 8 bits or fewer; what is narrower comes packed.
    public static TensorProto encode(String name, DataType type, long[] dims, byte[] elements) {
        return encode(name, type, dims, Carrier.BYTES, JAVA_BYTE, elements, elements.length);
    }

    /// STRING.
    public static TensorProto encode(String name, long[] dims, String[] elements) {
        long count = TensorExtent.of(name, DataType.STRING, dims).count();
        requireLength(name, DataType.STRING, dims, count, elements.length);
        List<Bytes> strings = Stream.of(elements).map(Bytes::utf8).toList();
        return TensorProto.of(name, DataType.STRING, dims, TensorData.strings(strings));
    }

    private static TensorProto encode(
            String name, DataType type, long[] dims, Carrier given, ValueLayout layout, Object array, int length) {
        if (type.carrier() != given) {
            throw new IllegalArgumentException(
                    "tensor \"" + name + "\" of " + type + " needs " + type.carrier() + ", not " + given);
        }
        long needed = TensorExtent.of(name, type, dims).byteSize();
        requireLength(name, type, dims, needed / layout.byteSize(), length);
        return TensorProto.of(name, type, dims, TensorData.raw(Bytes.view(bytes(array, layout, length, needed))));
    }

    private static MemorySegment bytes(Object array, ValueLayout layout, int length, long needed) {
        if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            return switch (array) {
                case float[] a -> MemorySegment.ofArray(a);
                case double[] a -> MemorySegment.ofArray(a);
                case long[] a -> MemorySegment.ofArray(a);
                case int[] a -> MemorySegment.ofArray(a);
                case short[] a -> MemorySegment.ofArray(a);
                case byte[] a -> MemorySegment.ofArray(a);
                default -> throw new IllegalArgumentException("no array of numbers: " + array.getClass());
            };
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(needed)]);
        MemorySegment.copy(array, 0, bytes, layout, 0, length);
        return bytes;
    }

    private static void requireLength(String name, DataType type, long[] dims, long needed, int given) {
        if (given != needed) {
            throw new IllegalArgumentException("tensor \"" + name + "\" of " + type + Arrays.toString(dims) + " needs "
                    + needed + " array elements, not " + given);
        }
    }
}
