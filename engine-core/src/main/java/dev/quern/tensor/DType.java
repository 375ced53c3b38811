package dev.quern.tensor;

/// Element types of ONNX tensors, with the Java array that carries them.
///
/// Unsigned integers live in the signed array of their width, `f16` and `bf16` in `short[]` as raw bits, `bool` in
/// `byte[]` as 0 or 1.
public enum DType {
    F32("f32", Kind.FLOAT, 4, float[].class),
    F64("f64", Kind.FLOAT, 8, double[].class),
    F16("f16", Kind.FLOAT, 2, short[].class),
    BF16("bf16", Kind.FLOAT, 2, short[].class),
    I8("i8", Kind.SIGNED, 1, byte[].class),
    I16("i16", Kind.SIGNED, 2, short[].class),
    I32("i32", Kind.SIGNED, 4, int[].class),
    I64("i64", Kind.SIGNED, 8, long[].class),
    U8("u8", Kind.UNSIGNED, 1, byte[].class),
    U16("u16", Kind.UNSIGNED, 2, short[].class),
    U32("u32", Kind.UNSIGNED, 4, int[].class),
    U64("u64", Kind.UNSIGNED, 8, long[].class),
    BOOL("bool", Kind.BOOL, 1, byte[].class),
    STRING("string", Kind.STRING, 0, String[].class);

    /// What arithmetic an element type has.
    public enum Kind {
        FLOAT,
        SIGNED,
        UNSIGNED,
        BOOL,
        STRING
    }

    private final String text;
    private final Kind kind;
    private final int bytes;
    private final Class<?> carrier;

    DType(String text, Kind kind, int bytes, Class<?> carrier) {
        this.text = text;
        this.kind = kind;
        this.bytes = bytes;
        this.carrier = carrier;
    }

    public Kind kind() {
        return kind;
    }

    /// Bytes of one element; 0 for strings.
    public int bytes() {
        return bytes;
    }

    public int bits() {
        return bytes * 8;
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

    public boolean isSigned() {
        return kind == Kind.SIGNED;
    }

    public boolean isUnsigned() {
        return kind == Kind.UNSIGNED;
    }

    /// Whether arithmetic is done in another type: `f16` and `bf16` are stored in 16 bits and computed in `f32`.
    public DType computeType() {
        return this == F16 || this == BF16 ? F32 : this;
    }

    /// A new zeroed array for `length` elements.
    public Object newArray(int length) {
        return switch (this) {
            case F32 -> new float[length];
            case F64 -> new double[length];
            case F16, BF16, I16, U16 -> new short[length];
            case I8, U8, BOOL -> new byte[length];
            case I32, U32 -> new int[length];
            case I64, U64 -> new long[length];
            case STRING -> {
                String[] strings = new String[length];
                java.util.Arrays.fill(strings, "");
                yield strings;
            }
        };
    }

    /// The short name: `f32`, `i64`, `bool` …
    @Override
    public String toString() {
        return text;
    }
}
