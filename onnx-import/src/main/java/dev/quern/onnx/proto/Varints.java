package dev.quern.onnx.proto;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A repeated `int32`, `int64` or `uint64` field, kept as its varints and decoded on demand: a table of a million small
/// integers costs a million bytes until somebody wants the array.
///
/// @param encoded the varints, one after the other, each complete and at most ten bytes long
public record Varints(Bytes encoded) {
    /// No elements.
    public static final Varints EMPTY = new Varints(Bytes.EMPTY);

    /// Encodes `values`; negative ones take ten bytes, as protobuf wants it.
    public static Varints of(long... values) {
        if (values.length == 0) {
            return EMPTY;
        }
        var out = new ByteArrayOutputStream(values.length);
        for (long value : values) {
            long rest = value;
            while ((rest & ~0x7FL) != 0) {
                out.write((int) (rest & 0x7F) | 0x80);
                rest >>>= 7;
            }
            out.write((int) rest);
        }
        return new Varints(Bytes.view(MemorySegment.ofArray(out.toByteArray())));
    }

    /// The number of elements: the bytes that end a varint.
    public int count() {
        return count(encoded.toArray());
    }

    /// Whether there are no elements.
    public boolean isEmpty() {
        return encoded.isEmpty();
    }

    /// A new array of the elements as 64-bit values (unsigned ones by their bits).
    public long[] toLongs() {
        byte[] bytes = encoded.toArray();
        long[] values = new long[count(bytes)];
        int at = 0;
        for (int i = 0; i < values.length; i++) {
            long value = 0;
            byte next;
            int shift = 0;
            do {
                next = bytes[at++];
                value |= (long) (next & 0x7F) << shift;
                shift += 7;
            } while (next < 0);
            values[i] = value;
        }
        return values;
    }

    /// A new array of the elements as 32-bit values: the low half of each, which is what protobuf prescribes.
    public int[] toInts() {
        long[] values = toLongs();
        int[] ints = new int[values.length];
        Arrays.setAll(ints, i -> (int) values[i]);
        return ints;
    }

    @Override
    public String toString() {
        long[] values = toLongs();
        return values.length <= 16 ? Arrays.toString(values) : "Varints[" + values.length + "]";
    }

    private static int count(byte[] bytes) {
        int count = 0;
        for (byte next : bytes) {
            if (next >= 0) {
                count++;
            }
        }
        return count;
    }
}
