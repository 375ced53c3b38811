package dev.quern.onnx.proto;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A repeated `float` field, kept as little-endian bytes and decoded on demand.
///
/// @param encoded four bytes an element
public record Floats(Bytes encoded) {
    /// No elements.
    public static final Floats EMPTY = new Floats(Bytes.EMPTY);

    /// Encodes `values`.
    public static Floats of(float... values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, Float.BYTES)]);
        MemorySegment.copy(values, 0, bytes, LittleEndian.FLOAT, 0, values.length);
        return new Floats(Bytes.view(bytes));
    }

    /// The number of elements.
    public int count() {
        return Math.toIntExact(encoded.size() / Float.BYTES);
    }

    /// Whether there are no elements.
    public boolean isEmpty() {
        return encoded.isEmpty();
    }

    /// A new array of the elements.
    public float[] toArray() {
        return encoded.segment().toArray(LittleEndian.FLOAT);
    }

    @Override
    public String toString() {
        return count() <= 16 ? Arrays.toString(toArray()) : "Floats[" + count() + "]";
    }
}
