package dev.quern.onnx.proto;

import java.util.Arrays;

/// How many elements and bytes a tensor announces, computed without overflow.
record TensorExtent(String label, DataType type, long[] dims, long count, long byteSize) {
    /// @throws MalformedProtoException if a dim is negative or the size exceeds 63 bits
    static TensorExtent of(String label, DataType type, long[] dims) {
        long count = 1;
        boolean empty = false;
        for (long dim : dims) {
            if (dim < 0) {
                throw new MalformedProtoException(label + ": dims " + Arrays.toString(dims) + " must not be negative");
            }
            empty |= dim == 0;
        }
        try {
            for (long dim : empty ? new long[] {0} : dims) {
                count = Math.multiplyExact(count, dim);
            }
            return new TensorExtent(label, type, dims, count, type.bytesFor(count));
        } catch (ArithmeticException overflow) {
            throw new MalformedProtoException(
                    label + ": dims " + Arrays.toString(dims) + " of " + type + " exceed 2^63 bytes", overflow);
        }
    }

    /// @throws MalformedProtoException unless `found` is `expected`
    void check(long found, long expected, String what) {
        if (found != expected) {
            throw new MalformedProtoException(label + ": " + type + Arrays.toString(dims) + " needs " + expected + " "
                    + what + ", found " + found);
        }
    }
}
