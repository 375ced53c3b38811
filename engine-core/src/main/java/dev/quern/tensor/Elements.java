package dev.quern.tensor;

/// Element access to an array by element type: one place that knows how each [DType] is stored.
///
/// Meant for oracles, tests and host operators; kernels work on the arrays themselves.
///
/// @param dtype the element type
/// @param array an array of `dtype.carrier()`
public record Elements(DType dtype, Object array) {

    public Elements {
        if (array.getClass() != dtype.carrier()) {
            throw new ShapeException(
                    "elements of type " + dtype + " live in " + dtype.carrier().getSimpleName() + ", not in "
                            + array.getClass().getSimpleName());
        }
    }

    public static Elements zeros(DType dtype, int length) {
        return new Elements(dtype, dtype.newArray(length));
    }

    public int length() {
        return java.lang.reflect.Array.getLength(array);
    }

    /// Element `i` as a double; integers beyond 2^53 are rounded, `bool` is 0 or 1.
    public double getDouble(int i) {
        return switch (dtype) {
            case F32 -> ((float[]) array)[i];
            case F64 -> ((double[]) array)[i];
            case F16 -> Float.float16ToFloat(((short[]) array)[i]);
            case BF16 -> BFloat16.toFloat(((short[]) array)[i]);
            case U64 -> Conversion.toDouble(dtype, ((long[]) array)[i]);
            case I8, I16, I32, I64, U8, U16, U32, BOOL -> getLong(i);
            case STRING -> throw noNumber();
        };
    }

    /// Element `i` as a long: exact for integers (`u64` as its bits), truncated toward zero for floats.
    public long getLong(int i) {
        return switch (dtype) {
            case F32, F64, F16, BF16 -> (long) getDouble(i);
            case I8, BOOL -> ((byte[]) array)[i];
            case I16 -> ((short[]) array)[i];
            case I32 -> ((int[]) array)[i];
            case I64, U64 -> ((long[]) array)[i];
            case U8 -> ((byte[]) array)[i] & 0xFF;
            case U16 -> ((short[]) array)[i] & 0xFFFF;
            case U32 -> ((int[]) array)[i] & 0xFFFF_FFFFL;
            case STRING -> throw noNumber();
        };
    }

    public String getString(int i) {
        if (array instanceof String[] strings) {
            return strings[i];
        }
        throw new ShapeException("a string tensor is needed, not one of " + dtype);
    }

    /// Stores a number: rounded to nearest for floats, as [Conversion#truncate] says for integers and `bool`.
    public void set(int i, double value) {
        switch (dtype) {
            case F32 -> ((float[]) array)[i] = (float) value;
            case F64 -> ((double[]) array)[i] = value;
            case F16, BF16 -> ((short[]) array)[i] = (short) Conversion.toBits(dtype, value);
            case I8, I16, I32, I64, U8, U16, U32, U64, BOOL -> set(i, Conversion.truncate(dtype, value));
            case STRING -> throw noNumber();
        }
    }

    /// Stores an integer: wrapped to the width of the type, `!= 0` for `bool`.
    public void set(int i, long value) {
        switch (dtype) {
            case F32 -> ((float[]) array)[i] = value;
            case F64 -> ((double[]) array)[i] = value;
            case F16, BF16 -> set(i, (double) (float) value);
            case I8, U8 -> ((byte[]) array)[i] = (byte) value;
            case BOOL -> ((byte[]) array)[i] = (byte) (value != 0 ? 1 : 0);
            case I16, U16 -> ((short[]) array)[i] = (short) value;
            case I32, U32 -> ((int[]) array)[i] = (int) value;
            case I64, U64 -> ((long[]) array)[i] = value;
            case STRING -> throw noNumber();
        }
    }

    public void set(int i, String value) {
        if (!(array instanceof String[] strings)) {
            throw new ShapeException("a string tensor is needed, not one of " + dtype);
        }
        strings[i] = value;
    }

    /// Copies one element of `source`, which has the same element type, without conversion.
    public void copy(int i, Elements source, int from) {
        System.arraycopy(source.array, from, array, i, 1);
    }

    private ShapeException noNumber() {
        return new ShapeException("a tensor of numbers is needed, not one of strings");
    }
}
