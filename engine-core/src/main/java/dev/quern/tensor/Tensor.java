package dev.quern.tensor;

import dev.quern.tensor.Type.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/// A dense, row-major array of elements of one type.
///
/// What copies and what aliases:
///
/// - `of` and `scalar` copy what they are given, arrays, buffers and memory segments alike; `toFloats()`,
/// `toDoubles()`, `toLongs()`, `toStrings()` and `copyTo` copy out.
/// - `wrap` aliases the array it is given, [#array()] and [#elements()] alias what is inside, and `reshape` gives a
/// tensor over the same array. Whoever writes to such an array changes the tensor.
///
/// The engine never writes to a tensor it was given or has handed out, except to one that was bound as an output of a
/// bound run. So a tensor that nobody writes to can be shared by threads.
public final class Tensor implements Datum {
    private final DType dtype;
    private final Shape shape;
    private final Supplier<Elements> elements;
    private final int length;

    private Tensor(DType dtype, Shape shape, Supplier<Elements> elements) {
        this.dtype = dtype;
        this.shape = shape;
        this.elements = elements;
        this.length = shape.elements();
    }

    private Tensor(DType dtype, Shape shape, Object array) {
        this(dtype, shape, new HeldElements(checked(dtype, shape, array)));
    }

    private static Elements checked(DType dtype, Shape shape, Object array) {
        Elements elements = new Elements(dtype, array);
        if (elements.length() != shape.elements()) {
            throw new ShapeException(
                    dtype + shape.toString() + " needs " + shape.elements() + " elements, not " + elements.length());
        }
        return elements;
    }

    /// A tensor whose array is made when it is asked for, and forgotten when nobody uses it: weights in a file that
    /// are looked at one after the other. It is not to be written to. See [#keep()].
    ///
    /// @param array makes the same array each time, as [#wrap] wants it
    public static Tensor deferred(DType dtype, Shape shape, Supplier<Object> array) {
        return new Tensor(dtype, shape, new DeferredElements(array, a -> checked(dtype, shape, a)));
    }

    /// What makes the array, where that is done when it is asked for.
    public Optional<Supplier<Object>> deferredBy() {
        return elements instanceof DeferredElements d && !d.isKept() ? Optional.of(d.array()) : Optional.empty();
    }

    /// Whether the array is made when it is asked for.
    public boolean isDeferred() {
        return deferredBy().isPresent();
    }

    /// Holds the array as soon as it is asked for, where it was forgotten between uses; so do tensors made of this
    /// one by [#reshape] and [#as].
    public Tensor keep() {
        if (elements instanceof DeferredElements d) {
            d.keep();
        }
        return this;
    }

    private Tensor keptAsThis(Tensor made) {
        return elements instanceof DeferredElements d && d.keeps() ? made.keep() : made;
    }

    /// A tensor over `array` itself, without a copy.
    ///
    /// @param array an array of `dtype.carrier()` with exactly as many elements as the extents say, in the form
    /// that [DType] describes; 0 and 1 for `bool`
    public static Tensor wrap(DType dtype, Object array, long... extents) {
        return new Tensor(dtype, Shape.of(extents), array);
    }

    /// A tensor over `array` itself, without a copy.
    public static Tensor wrap(DType dtype, Object array, Shape shape) {
        return new Tensor(dtype, shape, array);
    }

    /// A tensor of zeros (of empty strings for `string`).
    public static Tensor zeros(DType dtype, long... extents) {
        return new Tensor(dtype, Shape.of(extents), dtype.newArray(Shape.elements(extents)));
    }

    /// A tensor of zeros of a concrete shape.
    public static Tensor zeros(DType dtype, Shape shape) {
        return new Tensor(dtype, shape, dtype.newArray(shape.elements()));
    }

    /// A copy of `values`, row by row; without extents, a scalar.
    ///
    /// @throws ShapeException where the extents do not say as many elements as there are
    public static Tensor of(float[] values, long... extents) {
        return wrap(DType.F32, values.clone(), extents);
    }

    /// A copy of `values`, row by row; without extents, a scalar.
    public static Tensor of(double[] values, long... extents) {
        return wrap(DType.F64, values.clone(), extents);
    }

    /// A copy of `values`, row by row; without extents, a scalar.
    public static Tensor of(int[] values, long... extents) {
        return wrap(DType.I32, values.clone(), extents);
    }

    /// A copy of `values`, row by row; without extents, a scalar.
    public static Tensor of(long[] values, long... extents) {
        return wrap(DType.I64, values.clone(), extents);
    }

    /// A copy of `values`, row by row; without extents, a scalar.
    public static Tensor of(String[] values, long... extents) {
        return wrap(DType.STRING, values.clone(), extents);
    }

    /// The values as elements of any numeric type, rounded or truncated as [Conversion] says; without extents, a
    /// scalar.
    public static Tensor of(DType dtype, double[] values, long... extents) {
        Elements elements = Elements.zeros(dtype, values.length);
        for (int i = 0; i < values.length; i++) {
            elements.set(i, values[i]);
        }
        return wrap(dtype, elements.array(), extents);
    }

    /// The complex numbers whose parts, real and imaginary in turn, are the elements of `pairs`: `c64` of `f32`,
    /// `c128` of `f64`.
    public static Tensor ofPairs(Tensor pairs, long... extents) {
        Tensor out = zeros(pairs.dtype == DType.F64 ? DType.C128 : DType.C64, extents);
        if (pairs.dtype != out.dtype.partType() || pairs.length != 2 * out.length) {
            throw new ShapeException(out.type() + " needs " + 2 * out.length + " parts, not " + pairs.type());
        }
        for (int i = 0; i < out.length; i++) {
            out.elements().set(i, new Complex(pairs.getDouble(2 * i), pairs.getDouble(2 * i + 1)));
        }
        return out;
    }

    /// Complex numbers of these parts, which have one shape: `c64` of `f32`, `c128` of `f64`.
    public static Tensor complex(Tensor re, Tensor im) {
        DType dtype = re.dtype == DType.F64 ? DType.C128 : DType.C64;
        if (re.dtype != dtype.partType() || !re.type().equals(im.type())) {
            throw new ShapeException(
                    "parts must be both f32 or both f64, of one shape, not " + re.type() + " and " + im.type());
        }
        Tensor out = zeros(dtype, re.shape);
        for (int i = 0; i < out.length; i++) {
            out.elements().set(i, new Complex(re.getDouble(i), im.getDouble(i)));
        }
        return out;
    }

    /// The values as `bool`, row by row; without extents, a scalar.
    public static Tensor of(boolean[] values, long... extents) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) (values[i] ? 1 : 0);
        }
        return wrap(DType.BOOL, bytes, extents);
    }

    /// Copies the remaining elements of `buffer`, whose position is left as it is.
    public static Tensor of(FloatBuffer buffer, long... extents) {
        float[] values = new float[buffer.remaining()];
        buffer.get(buffer.position(), values);
        return wrap(DType.F32, values, extents);
    }

    /// Copies the remaining elements of `buffer`, whose position is left as it is.
    public static Tensor of(DoubleBuffer buffer, long... extents) {
        double[] values = new double[buffer.remaining()];
        buffer.get(buffer.position(), values);
        return wrap(DType.F64, values, extents);
    }

    /// Copies the remaining elements of `buffer`, whose position is left as it is.
    public static Tensor of(IntBuffer buffer, long... extents) {
        int[] values = new int[buffer.remaining()];
        buffer.get(buffer.position(), values);
        return wrap(DType.I32, values, extents);
    }

    /// Copies the remaining elements of `buffer`, whose position is left as it is.
    public static Tensor of(LongBuffer buffer, long... extents) {
        long[] values = new long[buffer.remaining()];
        buffer.get(buffer.position(), values);
        return wrap(DType.I64, values, extents);
    }

    /// Copies elements in little-endian order out of native or heap memory; they need not be aligned. Bytes of
    /// `bool` that are not 0 become 1. Elements of fewer than 8 bits are not packed: each is the low end of a byte.
    ///
    /// @param segment exactly as many bytes as the extents need
    public static Tensor of(MemorySegment segment, DType dtype, long... extents) {
        int n = Shape.elements(extents);
        if (dtype.isHostOnly() || segment.byteSize() != (long) n * dtype.bytes()) {
            throw new ShapeException(dtype + Shape.of(extents).toString() + " needs " + (long) n * dtype.bytes()
                    + " bytes, not " + segment.byteSize());
        }
        Object array = dtype.newArray(n);
        MemorySegment.copy(segment, layout(dtype), 0, array, 0, n);
        if (array instanceof byte[] values && !dtype.isFloat()) {
            for (int i = 0; i < n; i++) {
                values[i] = (byte) Conversion.wrap(dtype, values[i]);
            }
        }
        return wrap(dtype, array, extents);
    }

    /// A scalar of any numeric type.
    public static Tensor scalar(DType dtype, double value) {
        Elements e = Elements.zeros(dtype, 1);
        e.set(0, value);
        return new Tensor(dtype, Shape.SCALAR, e.array());
    }

    /// A scalar of any numeric type, exact for integers of 64 bits.
    public static Tensor scalar(DType dtype, long value) {
        Elements e = Elements.zeros(dtype, 1);
        e.set(0, value);
        return new Tensor(dtype, Shape.SCALAR, e.array());
    }

    public DType dtype() {
        return dtype;
    }

    /// The shape; always concrete.
    public Shape shape() {
        return shape;
    }

    public int rank() {
        return shape.rank();
    }

    /// The number of elements.
    public int length() {
        return length;
    }

    @Override
    public TensorType type() {
        return new TensorType(dtype, shape);
    }

    /// The array that holds the elements, of class `dtype().carrier()`: not a copy, and not to be changed.
    public Object array() {
        return elements().array();
    }

    /// Access by element: an alias.
    public Elements elements() {
        return elements.get();
    }

    public double getDouble(int i) {
        return elements().getDouble(i);
    }

    public long getLong(int i) {
        return elements().getLong(i);
    }

    public float getFloat(int i) {
        return (float) elements().getDouble(i);
    }

    public Complex getComplex(int i) {
        return elements().getComplex(i);
    }

    public String getString(int i) {
        return elements().getString(i);
    }

    /// A copy of the elements, converted to float.
    public float[] toFloats() {
        if (array() instanceof float[] f) {
            return f.clone();
        }
        float[] out = new float[length];
        for (int i = 0; i < length; i++) {
            out[i] = getFloat(i);
        }
        return out;
    }

    /// A copy of the elements, converted to double.
    public double[] toDoubles() {
        double[] out = new double[length];
        for (int i = 0; i < length; i++) {
            out[i] = getDouble(i);
        }
        return out;
    }

    /// A copy of the elements, converted to long.
    public long[] toLongs() {
        long[] out = new long[length];
        for (int i = 0; i < length; i++) {
            out[i] = getLong(i);
        }
        return out;
    }

    /// A copy of the elements of a string tensor.
    public String[] toStrings() {
        String[] out = new String[length];
        for (int i = 0; i < length; i++) {
            out[i] = getString(i);
        }
        return out;
    }

    /// The parts of complex numbers, real and imaginary in turn, as a vector.
    public Tensor toPairs() {
        Tensor out = zeros(dtype.partType(), 2L * length);
        for (int i = 0; i < length; i++) {
            out.elements().set(2 * i, getComplex(i).re());
            out.elements().set(2 * i + 1, getComplex(i).im());
        }
        return out;
    }

    /// The real parts of complex numbers.
    public Tensor real() {
        return part(Complex::re);
    }

    /// The imaginary parts of complex numbers.
    public Tensor imaginary() {
        return part(Complex::im);
    }

    private Tensor part(ToDoubleFunction<Complex> which) {
        Tensor out = zeros(dtype.partType(), shape);
        for (int i = 0; i < length; i++) {
            out.elements().set(i, which.applyAsDouble(getComplex(i)));
        }
        return out;
    }

    /// Copies the elements of an `f32` tensor to the beginning of `target`. Where they lie in a file, no other
    /// array is made for it.
    public void copyTo(float[] target) {
        if (elements instanceof DeferredElements d
                && d.made() == null
                && dtype == DType.F32
                && d.array() instanceof StoredArray stored) {
            stored.copyTo(target);
        } else {
            System.arraycopy(array(), 0, target, 0, length);
        }
    }

    /// Copies the elements into native or heap memory, little-endian.
    public void copyTo(MemorySegment target) {
        if (dtype.isHostOnly()) {
            throw new ShapeException("elements of type " + dtype + " have no place in memory to copy into");
        }
        MemorySegment.copy(array(), 0, target, layout(dtype), 0, length);
    }

    /// The same elements under another shape of the same size: an alias.
    public Tensor reshape(long... extents) {
        return reshape(Shape.of(extents));
    }

    /// The same elements under another shape of the same size: an alias.
    public Tensor reshape(Shape other) {
        return isDeferred() ? keptAsThis(deferred(dtype, other, this::array)) : wrap(dtype, array(), other);
    }

    private static ValueLayout layout(DType dtype) {
        ValueLayout layout = switch (dtype) {
            case F32 -> ValueLayout.JAVA_FLOAT_UNALIGNED;
            case F64 -> ValueLayout.JAVA_DOUBLE_UNALIGNED;
            case F16, BF16, I16, U16 -> ValueLayout.JAVA_SHORT_UNALIGNED;
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F6E2M3, F6E3M2, F4E2M1 -> ValueLayout.JAVA_BYTE;
            case I2, I4, I8, U2, U4, U8, BOOL -> ValueLayout.JAVA_BYTE;
            case I32, U32 -> ValueLayout.JAVA_INT_UNALIGNED;
            case I64, U64 -> ValueLayout.JAVA_LONG_UNALIGNED;
            case STRING, C64, C128 -> throw new ShapeException("elements of type " + dtype + " are objects");
        };
        return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
    }

    /// The elements as another numeric type, rounded or truncated as [Conversion] says; this tensor where it has
    /// the type already.
    public Tensor as(DType to) {
        if (to == dtype) {
            return this;
        }
        return isDeferred()
                ? keptAsThis(deferred(to, shape, () -> converted(to).array()))
                : wrap(to, converted(to).array(), shape);
    }

    private Elements converted(DType to) {
        Elements converted = Elements.zeros(to, length);
        for (int i = 0; i < length; i++) {
            if (dtype.isFloat()) {
                converted.set(i, getDouble(i));
            } else {
                converted.set(i, getLong(i));
            }
        }
        return converted;
    }

    /// Same element type, shape and bits.
    public boolean sameAs(Tensor other) {
        return dtype == other.dtype
                && shape.equals(other.shape)
                && Arrays.deepEquals(new Object[] {array()}, new Object[] {other.array()});
    }

    /// Type and first elements: `f32[2,3] 1.0 2.0 3.0 …`.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(type().toString());
        for (int i = 0; i < Math.min(length, 8); i++) {
            text.append(' ').append(text(i));
        }
        return length > 8 ? text.append(" …").toString() : text.toString();
    }

    private String text(int i) {
        return switch (dtype.kind()) {
            case FLOAT -> String.valueOf(getDouble(i));
            case STRING -> '"' + getString(i) + '"';
            case COMPLEX -> getComplex(i).toString();
            case SIGNED, BOOL -> String.valueOf(getLong(i));
            case UNSIGNED -> Long.toUnsignedString(getLong(i));
        };
    }
}
