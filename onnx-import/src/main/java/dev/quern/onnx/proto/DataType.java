package dev.quern.onnx.proto;

import java.util.Optional;

/// `TensorProto.DataType`: the element types of ONNX, with their codes in files.
public enum DataType {
    /// IEEE 754 binary32.
    FLOAT(1, 32, Carrier.FLOATS),
    /// Unsigned 8-bit integer.
    UINT8(2, 8, Carrier.BYTES),
    /// Signed 8-bit integer.
    INT8(3, 8, Carrier.BYTES),
    /// Unsigned 16-bit integer.
    UINT16(4, 16, Carrier.SHORTS),
    /// Signed 16-bit integer.
    INT16(5, 16, Carrier.SHORTS),
    /// Signed 32-bit integer.
    INT32(6, 32, Carrier.INTS),
    /// Signed 64-bit integer.
    INT64(7, 64, Carrier.LONGS),
    /// Bytes that should be UTF-8.
    STRING(8, 0, Carrier.STRINGS),
    /// One byte, 0 or 1.
    BOOL(9, 8, Carrier.BYTES),
    /// IEEE 754 binary16.
    FLOAT16(10, 16, Carrier.SHORTS),
    /// IEEE 754 binary64.
    DOUBLE(11, 64, Carrier.DOUBLES),
    /// Unsigned 32-bit integer.
    UINT32(12, 32, Carrier.INTS),
    /// Unsigned 64-bit integer.
    UINT64(13, 64, Carrier.LONGS),
    /// Two binary32: real, imaginary.
    COMPLEX64(14, 64, Carrier.FLOATS),
    /// Two binary64: real, imaginary.
    COMPLEX128(15, 128, Carrier.DOUBLES),
    /// The upper half of a binary32.
    BFLOAT16(16, 16, Carrier.SHORTS),
    /// 8-bit float, 4 bits exponent, finite (<https://arxiv.org/abs/2209.05433>).
    FLOAT8E4M3FN(17, 8, Carrier.BYTES),
    /// 8-bit float, 4 bits exponent, finite, one zero (<https://arxiv.org/abs/2206.02915>).
    FLOAT8E4M3FNUZ(18, 8, Carrier.BYTES),
    /// 8-bit float, 5 bits exponent.
    FLOAT8E5M2(19, 8, Carrier.BYTES),
    /// 8-bit float, 5 bits exponent, finite, one zero.
    FLOAT8E5M2FNUZ(20, 8, Carrier.BYTES),
    /// Unsigned 4-bit integer, two a byte, the first in the low half.
    UINT4(21, 4, Carrier.BYTES),
    /// Signed 4-bit integer, two a byte, the first in the low half.
    INT4(22, 4, Carrier.BYTES),
    /// 4-bit float, two a byte, the first in the low half.
    FLOAT4E2M1(23, 4, Carrier.BYTES),
    /// 8-bit power of two, the scale of microscaling formats.
    FLOAT8E8M0(24, 8, Carrier.BYTES),
    /// Unsigned 2-bit integer, four a byte, the first in the lowest bits.
    UINT2(25, 2, Carrier.BYTES),
    /// Signed 2-bit integer, four a byte, the first in the lowest bits.
    INT2(26, 2, Carrier.BYTES),
    /// 6-bit float, 2 bits exponent; four in three bytes, lowest bits first.
    FLOAT6E2M3(27, 6, Carrier.BYTES),
    /// 6-bit float, 3 bits exponent; four in three bytes, lowest bits first.
    FLOAT6E3M2(28, 6, Carrier.BYTES);

    private static final DataType[] BY_CODE = new DataType[29];

    static {
        for (DataType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final int bits;
    private final Carrier carrier;

    DataType(int code, int bits, Carrier carrier) {
        this.code = code;
        this.bits = bits;
        this.carrier = carrier;
    }

    /// The type of a code in a file; empty for 0 (undefined) and for what is newer than this table.
    public static Optional<DataType> ofCode(int code) {
        return code < 1 || code >= BY_CODE.length ? Optional.empty() : Optional.of(BY_CODE[code]);
    }

    /// The number that files use.
    public int code() {
        return code;
    }

    /// The bits that an element takes in `raw_data`; 0 for STRING.
    public int bits() {
        return bits;
    }

    /// The Java array that holds the elements.
    public Carrier carrier() {
        return carrier;
    }

    /// The bytes that `elements` elements take in `raw_data`; parts of a byte are padded.
    /// @throws ArithmeticException if the number does not fit in 63 bits
    public long bytesFor(long elements) {
        return bits >= 8
                ? Math.multiplyExact(elements, (long) bits / 8)
                : Math.ceilDiv(Math.multiplyExact(elements, (long) bits), 8L);
    }

    /// The kinds of Java arrays that [TensorElements] returns and [TensorEncoder] takes.
    public enum Carrier {
        /// `float[]`; complex elements take two.
        FLOATS,
        /// `double[]`; complex elements take two.
        DOUBLES,
        /// `long[]`; unsigned ones by their bits.
        LONGS,
        /// `int[]`; unsigned ones by their bits.
        INTS,
        /// `short[]`; unsigned ones and floats by their bits.
        SHORTS,
        /// `byte[]`; unsigned ones and floats by their bits, what is narrower than a byte packed as in files.
        BYTES,
        /// Strings, or their bytes.
        STRINGS
    }
}
