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
        return switch (array) {
            case float[] a -> a[i];
            case double[] a -> a[i];
            case short[] a when dtype.isFloat() -> Conversion.ofBits(dtype, a[i]);
            case byte[] a when dtype.isFloat() -> Conversion.ofBits(dtype, a[i]);
            case Object[] ignored -> throw noNumber();
            default -> Conversion.toDouble(dtype, getLong(i));
        };
    }

    /// Element `i` as a long: exact for integers (`u64` as its bits), truncated toward zero for floats.
    public long getLong(int i) {
        if (dtype.isFloat()) {
            return (long) getDouble(i);
        }
        return switch (array) {
            case byte[] a -> Conversion.wrap(dtype, a[i]);
            case short[] a -> Conversion.wrap(dtype, a[i]);
            case int[] a -> Conversion.wrap(dtype, a[i]);
            case long[] a -> a[i];
            default -> throw noNumber();
        };
    }

    public String getString(int i) {
        if (array instanceof String[] strings) {
            return strings[i];
        }
        throw new ShapeException("a string tensor is needed, not one of " + dtype);
    }

    /// Stores a number: as [Conversion#round] says for floats, as [Conversion#truncate] for integers and `bool`.
    public void set(int i, double value) {
        if (dtype.isHostOnly()) {
            throw noNumber();
        }
        if (!dtype.isFloat()) {
            set(i, Conversion.truncate(dtype, value));
            return;
        }
        switch (array) {
            case float[] a -> a[i] = (float) value;
            case double[] a -> a[i] = value;
            case short[] a -> a[i] = (short) Conversion.toBits(dtype, value);
            case byte[] a -> a[i] = (byte) Conversion.toBits(dtype, value);
            default -> throw noNumber();
        }
    }

    /// Stores an integer: wrapped to the width of the type, `!= 0` for `bool`; to a float as [Conversion#round].
    public void set(int i, long value) {
        if (dtype.isFloat()) {
            set(i, Conversion.round(dtype, DType.I64, value));
            return;
        }
        switch (array) {
            case byte[] a -> a[i] = (byte) Conversion.wrap(dtype, value);
            case short[] a -> a[i] = (short) value;
            case int[] a -> a[i] = (int) value;
            case long[] a -> a[i] = value;
            default -> throw noNumber();
        }
    }

    public void set(int i, String value) {
        if (!(array instanceof String[] strings)) {
            throw new ShapeException("a string tensor is needed, not one of " + dtype);
        }
        strings[i] = value;
    }

    /// @throws ShapeException where the elements are not complex
    public Complex getComplex(int i) {
        if (array instanceof Complex[] numbers) {
            return numbers[i];
        }
        throw noComplex();
    }

    /// Stores a complex number, its parts rounded to those of the type.
    public void set(int i, Complex value) {
        if (!(array instanceof Complex[] numbers)) {
            throw noComplex();
        }
        numbers[i] = dtype == DType.C64 ? new Complex((float) value.re(), (float) value.im()) : value;
    }

    /// Copies one element of `source`, which has the same element type, without conversion.
    public void copy(int i, Elements source, int from) {
        System.arraycopy(source.array, from, array, i, 1);
    }

    private ShapeException noComplex() {
        return new ShapeException("a tensor of complex numbers is needed, not one of " + dtype);
    }

    private ShapeException noNumber() {
        return new ShapeException("a tensor of real numbers is needed, not one of " + dtype);
    }
}
