package dev.quern.onnx;

import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;

/// Elements of 6, 4 and 2 bits: one after the other in files, from the lowest bit of the first byte on; one a byte in a
/// [dev.quern.tensor.Tensor]. Elements of 8 bits are the same in both.
final class PackedBytes {
    private PackedBytes() {}

    /// The first `count` elements of `packed`, in bytes of their own; `packed` itself for elements of 8 bits.
    static byte[] unpack(byte[] packed, DType dtype, int count) {
        int bits = dtype.bits();
        if (bits == Byte.SIZE) {
            return packed;
        }
        byte[] elements = new byte[count];
        for (int i = 0; i < count; i++) {
            long first = (long) i * bits;
            int at = (int) (first / Byte.SIZE);
            int high = at + 1 < packed.length ? packed[at + 1] : 0;
            int code = ((packed[at] & 0xFF | high << Byte.SIZE) >> (first % Byte.SIZE)) & ((1 << bits) - 1);
            elements[i] = (byte) (dtype.isFloat() ? code : Conversion.wrap(dtype, code));
        }
        return elements;
    }

    /// The elements packed, the last byte filled up with zeros; `elements` itself for elements of 8 bits.
    static byte[] pack(byte[] elements, DType dtype) {
        int bits = dtype.bits();
        if (bits == Byte.SIZE) {
            return elements;
        }
        byte[] packed = new byte[Math.toIntExact(((long) elements.length * bits + Byte.SIZE - 1) / Byte.SIZE)];
        for (int i = 0; i < elements.length; i++) {
            long first = (long) i * bits;
            int at = (int) (first / Byte.SIZE);
            int shifted = (elements[i] & ((1 << bits) - 1)) << (first % Byte.SIZE);
            packed[at] |= (byte) shifted;
            if (shifted > 0xFF) {
                packed[at + 1] |= (byte) (shifted >> Byte.SIZE);
            }
        }
        return packed;
    }
}
