package dev.quern.onnx.proto;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A repeated `double` field, kept as little-endian bytes and decoded on demand.
///
/// @param encoded eight bytes an element
public record Doubles(Bytes encoded) {
    /// No elements.
    public static final Doubles EMPTY = new Doubles(Bytes.EMPTY);

    /// Encodes `values`.
    public static Doubles of(double... values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Double.BYTES)]);
        MemorySegment.copy(values, 0, bytes, LittleEndian.DOUBLE, 0, values.length);
        return new Doubles(Bytes.view(bytes));
    }

    /// The number of elements.
    public int count() {
        return Math.toIntExact(encoded.size() / Double.BYTES);
    }

    /// Whether there are no elements.
    public boolean isEmpty() {
        return encoded.isEmpty();
    }

    /// A new array of the elements.
    public double[] toArray() {
        return encoded.segment().toArray(LittleEndian.DOUBLE);
    }

    @Override
    public String toString() {
        return count() <= 16 ? Arrays.toString(toArray()) : "Doubles[" + count() + "]";
    }
}
