package dev.quern.onnx.proto;

import java.lang.foreign.MemorySegment;

/// Brings the storage forms of [TensorData] to one: little-endian bytes.
final class StoredElements {
    private StoredElements() {}

    /// @throws MalformedProtoException if the data is not what `extent` announces
    static MemorySegment littleEndian(TensorExtent extent, TensorData data, ExternalData external) {
        if (data.isExternal()) {
            return external.find(extent.label(), data, extent.byteSize());
        }
        if (!data.rawData().isEmpty()) {
            return checked(extent, data.rawData());
        }
        return switch (extent.type()) {
            case FLOAT, COMPLEX64 -> checked(extent, data.floatData().encoded());
            case DOUBLE, COMPLEX128 -> checked(extent, data.doubleData().encoded());
            case INT64 -> integers(extent, data.int64Data(), Long.BYTES);
            case UINT64 -> integers(extent, data.uint64Data(), Long.BYTES);
            case UINT32 -> integers(extent, data.uint64Data(), Integer.BYTES);
            case INT32 -> integers(extent, data.int32Data(), Integer.BYTES);
            case INT16, UINT16, FLOAT16, BFLOAT16 -> integers(extent, data.int32Data(), Short.BYTES);
            case INT8, UINT8, BOOL, FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ, FLOAT8E8M0 ->
                integers(extent, data.int32Data(), Byte.BYTES);
            case INT4, UINT4, FLOAT4E2M1, INT2, UINT2 -> integers(extent, data.int32Data(), Byte.BYTES);
            case FLOAT6E2M3, FLOAT6E3M2 -> sixBits(extent, data.int32Data());
            case STRING -> throw new IllegalArgumentException(extent.label() + " holds strings");
        };
    }

    private static MemorySegment checked(TensorExtent extent, Bytes found) {
        extent.check(found.size(), extent.byteSize(), "bytes");
        return found.segment();
    }

    /// One stored integer for each `width` bytes.
    private static MemorySegment integers(TensorExtent extent, Varints values, int width) {
        extent.check(values.count(), extent.byteSize() / width, "integers");
        byte[] bytes = new byte[Math.toIntExact(extent.byteSize())];
        int at = 0;
        for (long value : values.toLongs()) {
            for (int i = 0; i < width; i++) {
                bytes[at++] = (byte) (value >> (8 * i));
            }
        }
        return MemorySegment.ofArray(bytes).asReadOnly();
    }

    /// One stored integer for each element, to be packed lowest bits first: four elements in three bytes.
    private static MemorySegment sixBits(TensorExtent extent, Varints values) {
        extent.check(values.count(), extent.count(), "integers");
        byte[] bytes = new byte[Math.toIntExact(extent.byteSize())];
        long[] elements = values.toLongs();
        for (int i = 0; i < elements.length; i++) {
            int bit = 6 * i;
            int shifted = (int) (elements[i] & 0x3F) << (bit % 8);
            bytes[bit / 8] |= (byte) shifted;
            if (shifted > 0xFF) {
                bytes[bit / 8 + 1] |= (byte) (shifted >> 8);
            }
        }
        return MemorySegment.ofArray(bytes).asReadOnly();
    }
}
