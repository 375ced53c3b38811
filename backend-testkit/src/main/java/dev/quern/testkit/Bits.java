package dev.quern.testkit;

import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.List;

/// Compares tensors bit by bit, but that a NaN equals every NaN.
final class Bits {
    private Bits() {}

    /// @throws AssertionError with the first elements that differ
    static void assertSame(List<Tensor> expected, List<Tensor> actual, String when) {
        for (int i = 0; i < expected.size(); i++) {
            assertSame(expected.get(i), actual.get(i), "result " + i + " " + when);
        }
    }

    private static void assertSame(Tensor expected, Tensor actual, String what) {
        StringBuilder first = new StringBuilder();
        int differing = 0;
        for (int i = 0; i < expected.length(); i++) {
            if (bits(expected.elements(), i) != bits(actual.elements(), i)) {
                differing++;
                if (differing <= 4) {
                    first.append(System.lineSeparator())
                            .append("  at ")
                            .append(i)
                            .append(": ")
                            .append(text(actual, i))
                            .append(" instead of ")
                            .append(text(expected, i));
                }
            }
        }
        if (differing > 0) {
            throw new AssertionError(what + ": " + differing + " of " + expected.length() + " elements of "
                    + expected.dtype() + " differ" + first);
        }
    }

    private static String text(Tensor t, int i) {
        return t.dtype().isFloat() ? String.valueOf(t.getDouble(i)) : String.valueOf(t.getLong(i));
    }

    private static long bits(Elements e, int i) {
        DType type = e.dtype();
        return type.isFloat() ? Double.doubleToLongBits(e.getDouble(i)) : e.getLong(i);
    }

    static Tensor copy(Tensor t) {
        Elements e = Elements.zeros(t.dtype(), t.length());
        System.arraycopy(t.array(), 0, e.array(), 0, t.length());
        return Tensor.wrap(t.dtype(), e.array(), t.shape());
    }
}
