package dev.quern.onnx.write;

import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Whether two values are the same but for the rounding of their type.
final class Closeness {
    private Closeness() {}

    /// How they differ, if they do.
    static Optional<String> difference(Datum expected, Datum actual) {
        return switch (expected) {
            case Tensor t
            when t.dtype().isComplex() && actual instanceof Tensor other && other.dtype() == t.dtype() ->
                difference(t.toPairs(), other.toPairs());
            case Tensor t when actual instanceof Tensor other -> difference(t, other);
            case Datum.Sequence s when actual instanceof Datum.Sequence other -> first(s.values(), other.values());
            case Datum.Mapping m
            when actual instanceof Datum.Mapping other ->
                m.values().keySet().equals(other.values().keySet())
                        ? first(
                                new ArrayList<>(m.values().values()),
                                m.values().keySet().stream()
                                        .<Datum>map(other.values()::get)
                                        .toList())
                        : Optional.of("other keys");
            case Datum.Maybe m
            when actual instanceof Datum.Maybe other ->
                first(m.value().stream().toList(), other.value().stream().toList());
            default -> Optional.of(actual.type() + " instead of " + expected.type());
        };
    }

    static Optional<String> first(List<Datum> expected, List<Datum> actual) {
        if (expected.size() != actual.size()) {
            return Optional.of(actual.size() + " values instead of " + expected.size());
        }
        for (int i = 0; i < expected.size(); i++) {
            Optional<String> d = difference(expected.get(i), actual.get(i));
            if (d.isPresent()) {
                return Optional.of("value " + i + ": " + d.get());
            }
        }
        return Optional.empty();
    }

    private static Optional<String> difference(Tensor expected, Tensor actual) {
        if (!expected.type().equals(actual.type())) {
            return Optional.of(actual.type() + " instead of " + expected.type());
        }
        double scale = 1;
        boolean real = expected.dtype().isFloat();
        for (int i = 0; real && i < expected.length(); i++) {
            double v = Math.abs(expected.getDouble(i));
            scale = Double.isFinite(v) ? Math.max(scale, v) : scale;
        }
        for (int i = 0; i < expected.length(); i++) {
            boolean same = real
                    ? isClose(expected.getDouble(i), actual.getDouble(i), scale * tolerance(expected.dtype()))
                    : expected.dtype() == DType.STRING
                            ? expected.getString(i).equals(actual.getString(i))
                            : expected.getLong(i) == actual.getLong(i);
            if (!same) {
                return Optional.of("element " + i + " of " + expected.type() + " is " + shown(actual, i)
                        + " instead of " + shown(expected, i));
            }
        }
        return Optional.empty();
    }

    private static String shown(Tensor t, int i) {
        return t.dtype() == DType.STRING
                ? t.getString(i)
                : t.dtype().isFloat() ? String.valueOf(t.getDouble(i)) : String.valueOf(t.getLong(i));
    }

    private static boolean isClose(double a, double b, double tolerance) {
        return Double.compare(a, b) == 0 || a == b || Math.abs(a - b) <= tolerance;
    }

    /// A few units in the last place of the greatest element: attributes of ONNX are f32, so f64 has no more.
    private static double tolerance(DType dtype) {
        return switch (dtype) {
            case F16 -> 2e-3;
            case BF16 -> 1.6e-2;
            default -> 2e-6;
        };
    }
}
