package dev.quern.onnx.proto;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.quern.onnx.proto.DataType.Carrier;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The elements of a [TensorProto], found and checked: dims and data agree before anything is allocated for them. Each
/// `to…` method makes a new array, row-major, of the types that its comment lists; asked for another type it throws
/// [IllegalStateException].
public final class TensorElements {
    /// Bytes of a mapped file from which on it pays to let go of its pages.
    private static final int RELEASED = 1 << 16;

    private final String label;
    private final DataType type;
    private final long[] dims;
    private final long count;
    private final MemorySegment bytes;
    private final List<Bytes> strings;

    private TensorElements(
            String label, DataType type, long[] dims, long count, MemorySegment bytes, List<Bytes> strings) {
        this.label = label;
        this.type = type;
        this.dims = dims;
        this.count = count;
        this.bytes = bytes;
        this.strings = strings;
    }

    /// Finds the elements of `tensor`.
    ///
    /// @param external finds the files of external data
    /// @throws MalformedProtoException if type, dims and data do not agree, or external data cannot be had
    public static TensorElements of(TensorProto tensor, ExternalData external) {
        String label = "tensor \"" + tensor.name() + "\"";
        DataType type = tensor.type()
                .orElseThrow(() -> new MalformedProtoException(
                        label + ": element type " + tensor.dataType() + " does not exist in ONNX"));
        TensorExtent extent = TensorExtent.of(label, type, tensor.dims().toLongs());
        if (type == DataType.STRING) {
            List<Bytes> strings = tensor.data().stringData();
            extent.check(strings.size(), extent.count(), "strings");
            return new TensorElements(label, type, extent.dims(), extent.count(), Bytes.EMPTY.segment(), strings);
        }
        MemorySegment bytes = StoredElements.littleEndian(extent, tensor.data(), external);
        return new TensorElements(label, type, extent.dims(), extent.count(), bytes, List.of());
    }

    /// The element type.
    public DataType type() {
        return type;
    }

    /// A copy of the extents; none for a scalar.
    public long[] dims() {
        return dims.clone();
    }

    /// The number of elements.
    public long count() {
        return count;
    }

    /// The elements of any type but STRING, little-endian, [DataType#bytesFor(long)] bytes: a read-only window on
    /// the file wherever it has them in that form. Use unaligned layouts.
    public MemorySegment bytes() {
        return bytes;
    }

    /// FLOAT; COMPLEX64 as real, imaginary, real …
    public float[] toFloats() {
        return copied(bytesFor(Carrier.FLOATS, Float.BYTES).toArray(LittleEndian.FLOAT));
    }

    /// FLOAT; COMPLEX64 as real, imaginary, real …: to the beginning of an array that there is already.
    public void copyTo(float[] target) {
        MemorySegment from = bytesFor(Carrier.FLOATS, Float.BYTES);
        MemorySegment.copy(from, LittleEndian.FLOAT, 0, target, 0, (int) (from.byteSize() / Float.BYTES));
        copied(target);
    }

    /// DOUBLE; COMPLEX128 as real, imaginary, real …
    public double[] toDoubles() {
        return copied(bytesFor(Carrier.DOUBLES, Double.BYTES).toArray(LittleEndian.DOUBLE));
    }

    /// INT64; UINT64 by its bits.
    public long[] toLongs() {
        return copied(bytesFor(Carrier.LONGS, Long.BYTES).toArray(LittleEndian.LONG));
    }

    /// INT32; UINT32 by its bits.
    public int[] toInts() {
        return copied(bytesFor(Carrier.INTS, Integer.BYTES).toArray(LittleEndian.INT));
    }

    /// INT16; UINT16, FLOAT16 and BFLOAT16 by their bits.
    public short[] toShorts() {
        return copied(bytesFor(Carrier.SHORTS, Short.BYTES).toArray(LittleEndian.SHORT));
    }

    /// INT8; UINT8, BOOL and the 8-bit floats by their bits; everything narrower packed as [DataType] says.
    public byte[] toBytes() {
        return copied(bytesFor(Carrier.BYTES, Byte.BYTES).toArray(JAVA_BYTE));
    }

    /// STRING, as the bytes in the file.
    public List<Bytes> strings() {
        require(Carrier.STRINGS);
        return strings;
    }

    /// STRING, read as UTF-8.
    public String[] toStrings() {
        return strings().stream().map(Bytes::utf8).toArray(String[]::new);
    }

    private MemorySegment bytesFor(Carrier wanted, int elementBytes) {
        require(wanted);
        if (bytes.byteSize() / elementBytes > Integer.MAX_VALUE - 8) {
            throw new MalformedProtoException(
                    label + ": " + bytes.byteSize() + " bytes do not fit in one Java array; read them by bytes()");
        }
        return bytes;
    }

    /// Lets go of the pages that a copy was made of: they would count as memory of this process beside the copy,
    /// while the system still has them for whoever reads them again.
    private <T> T copied(T array) {
        if (bytes.isMapped() && bytes.byteSize() >= RELEASED) {
            bytes.unload();
        }
        return array;
    }

    private void require(Carrier wanted) {
        if (type.carrier() != wanted) {
            throw new IllegalStateException(
                    label + " of " + type + " is read as " + type.carrier() + ", not " + wanted);
        }
    }
}
