package dev.quern.tensor;

import java.lang.reflect.Array;
import java.util.Arrays;

/// Element types of ONNX tensors, with the Java array that carries them.
///
/// Unsigned integers live in the signed array of their width, `f16` and `bf16` in `short[]` as raw bits, `bool` in
/// `byte[]` as 0 or 1.
///
/// Everything of 8 bits and fewer takes a byte an element, so that kernels, views and copies need no bit addresses:
/// floats as raw bits in the low end of the byte, integers as their value (`i4` from −8 to 7, `u2` from 0 to 3). Only
/// files pack four or two elements into a byte.
///
/// Strings and complex numbers are objects: they are moved on the host, and no kernel computes with them.
public enum DType {
    F32("f32", Kind.FLOAT, 32, float[].class),
    F64("f64", Kind.FLOAT, 64, double[].class),
    F16("f16", Kind.FLOAT, 16, short[].class),
    BF16("bf16", Kind.FLOAT, 16, short[].class),
    /// 4 bits of exponent, 3 of mantissa; finite numbers up to 448 and NaN.
    F8E4M3FN("f8e4m3fn", Kind.FLOAT, 8, byte[].class),
    /// 4 bits of exponent, 3 of mantissa; finite numbers up to 240, one zero, one NaN.
    F8E4M3FNUZ("f8e4m3fnuz", Kind.FLOAT, 8, byte[].class),
    /// 5 bits of exponent, 2 of mantissa; finite numbers up to 57344, infinities and NaN.
    F8E5M2("f8e5m2", Kind.FLOAT, 8, byte[].class),
    /// 5 bits of exponent, 2 of mantissa; finite numbers up to 57344, one zero, one NaN.
    F8E5M2FNUZ("f8e5m2fnuz", Kind.FLOAT, 8, byte[].class),
    /// A power of two from 2^−127 to 2^127, or NaN. Zeros of this type (`Tensor.zeros`) are 2^−127.
    F8E8M0("f8e8m0", Kind.FLOAT, 8, byte[].class),
    /// 2 bits of exponent, 3 of mantissa; finite numbers up to 7.5.
    F6E2M3("f6e2m3", Kind.FLOAT, 6, byte[].class),
    /// 3 bits of exponent, 2 of mantissa; finite numbers up to 28.
    F6E3M2("f6e3m2", Kind.FLOAT, 6, byte[].class),
    /// 2 bits of exponent, 1 of mantissa; finite numbers up to 6.
    F4E2M1("f4e2m1", Kind.FLOAT, 4, byte[].class),
    I2("i2", Kind.SIGNED, 2, byte[].class),
    I4("i4", Kind.SIGNED, 4, byte[].class),
    I8("i8", Kind.SIGNED, 8, byte[].class),
    I16("i16", Kind.SIGNED, 16, short[].class),
    I32("i32", Kind.SIGNED, 32, int[].class),
    I64("i64", Kind.SIGNED, 64, long[].class),
    U2("u2", Kind.UNSIGNED, 2, byte[].class),
    U4("u4", Kind.UNSIGNED, 4, byte[].class),
    U8("u8", Kind.UNSIGNED, 8, byte[].class),
    U16("u16", Kind.UNSIGNED, 16, short[].class),
    U32("u32", Kind.UNSIGNED, 32, int[].class),
    U64("u64", Kind.UNSIGNED, 64, long[].class),
    BOOL("bool", Kind.BOOL, 8, byte[].class),
    STRING("string", Kind.STRING, 0, String[].class),
    /// Two numbers of `f32`, real and imaginary.
    C64("c64", Kind.COMPLEX, 64, Complex[].class),
    /// Two numbers of `f64`, real and imaginary.
    C128("c128", Kind.COMPLEX, 128, Complex[].class);

    /// What arithmetic an element type has.
    public enum Kind {
        FLOAT,
        SIGNED,
        UNSIGNED,
        BOOL,
        STRING,
        COMPLEX
    }

    private final String text;
    private final Kind kind;
    private final int bits;
    private final Class<?> carrier;

    DType(String text, Kind kind, int bits, Class<?> carrier) {
        this.text = text;
        this.kind = kind;
        this.bits = bits;
        this.carrier = carrier;
    }

    public Kind kind() {
        return kind;
    }

    /// Bytes of one element in an array or in memory, at least 1; 0 for strings.
    public int bytes() {
        return (bits + 7) / 8;
    }

    /// Bits that count in an element; 8 for `bool`, 0 for strings.
    public int bits() {
        return bits;
    }

    /// The class of the Java array that holds elements of this type, for example `float[].class`.
    public Class<?> carrier() {
        return carrier;
    }

    public boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    public boolean isInteger() {
        return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
    }

    public boolean isComplex() {
        return kind == Kind.COMPLEX;
    }

    /// Whether elements are objects that are moved on the host and never computed with by a kernel.
    public boolean isHostOnly() {
        return kind == Kind.STRING || kind == Kind.COMPLEX;
    }

    /// The type of the two parts of a complex number.
    ///
    /// @throws ShapeException where this type is not complex
    public DType partType() {
        return switch (this) {
            case C64 -> F32;
            case C128 -> F64;
            default -> throw new ShapeException("complex numbers are needed, not " + this);
        };
    }

    public boolean isSigned() {
        return kind == Kind.SIGNED;
    }

    public boolean isUnsigned() {
        return kind == Kind.UNSIGNED;
    }

    /// The type that arithmetic is done in: `f32` for floats that are stored in 16 bits and fewer, else this one.
    public DType computeType() {
        return kind == Kind.FLOAT && bits < 32 ? F32 : this;
    }

    /// A new zeroed array for `length` elements; of empty strings for `string`.
    public Object newArray(int length) {
        Object array = Array.newInstance(carrier.componentType(), length);
        if (array instanceof Object[] objects) {
            Arrays.fill(objects, zero());
        }
        return array;
    }

    /// What stands for zero where elements are objects: the empty string, 0 + 0i.
    private Object zero() {
        return this == STRING ? "" : Complex.ZERO;
    }

    /// The short name: `f32`, `i64`, `bool` …
    @Override
    public String toString() {
        return text;
    }
}
