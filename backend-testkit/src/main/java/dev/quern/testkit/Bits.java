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
        assertClose(expected, actual, 0, when);
    }

    /// The same, but floats may be so many units in the last place apart; integers may not.
    static void assertClose(List<Tensor> expected, List<Tensor> actual, int lastPlaces, String when) {
        for (int i = 0; i < expected.size(); i++) {
            assertClose(expected.get(i), actual.get(i), lastPlaces, "result " + i + " " + when);
        }
    }

    private static void assertClose(Tensor expected, Tensor actual, int lastPlaces, String what) {
        StringBuilder first = new StringBuilder();
        int differing = 0;
        for (int i = 0; i < expected.length(); i++) {
            if (distance(expected.elements(), actual.elements(), i) > lastPlaces) {
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

    /// How many numbers of the type lie between two elements, at least 1 where their bits differ.
    private static double distance(Elements a, Elements b, int i) {
        if (bits(a, i) == bits(b, i)) {
            return 0;
        }
        if (!a.dtype().isFloat()) {
            return Double.POSITIVE_INFINITY;
        }
        double x = a.getDouble(i);
        double y = b.getDouble(i);
        double unit = switch (a.dtype()) {
            case F64 -> Math.ulp(x);
            case F32 -> Math.ulp((float) x);
            default -> 0;
        };
        return unit > 0 && Double.isFinite(x) && Double.isFinite(y)
                ? Math.max(1, Math.abs(x - y) / unit)
                : Double.POSITIVE_INFINITY;
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
