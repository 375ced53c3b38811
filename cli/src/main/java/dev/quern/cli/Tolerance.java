package dev.quern.cli;

import dev.quern.tensor.DType;
import dev.quern.tensor.Datum;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// When two values count as equal.
///
/// An element holds if |Δ| ≤ `absolute` + `relative`·|expected|, or |Δ| ≤ `ofLargest` · max|expected| of its tensor.
/// NaN equals NaN, infinities equal themselves; element type, shape, integers and strings must be exact. Of `bf16`,
/// which has 8 bits of precision, `relative` is at least two units in the last place, as in the ONNX backend test
/// runner.
record Tolerance(double relative, double absolute, double ofLargest) {

    private static final double TWO_ULPS_OF_BF16 = 0x1p-6;

    /// What `quern verify` uses.
    static final Tolerance VERIFY = new Tolerance(1e-3, 1e-7, 1e-4);
    /// What the ONNX backend test runner uses.
    static final Tolerance CONFORMANCE = new Tolerance(1e-3, 1e-7, 0);

    /// The first difference in one line, if there is one.
    Optional<String> difference(Datum expected, Datum actual) {
        if (expected instanceof Tensor e && actual instanceof Tensor a) {
            return tensors(e, a);
        }
        if (expected instanceof Datum.Sequence e && actual instanceof Datum.Sequence a) {
            return sequences(e.values(), a.values());
        }
        if (expected instanceof Datum.Mapping e && actual instanceof Datum.Mapping a) {
            return maps(e.values(), a.values());
        }
        if (expected instanceof Datum.Maybe e && actual instanceof Datum.Maybe a) {
            return e.value().isPresent() && a.value().isPresent()
                    ? difference(e.value().get(), a.value().get())
                    : e.value().isPresent() == a.value().isPresent()
                            ? Optional.empty()
                            : Optional.of("one value is present, the other absent");
        }
        return Optional.of("expected a value of type " + expected.type() + ", got " + actual.type());
    }

    private Optional<String> sequences(List<Datum> expected, List<Datum> actual) {
        if (expected.size() != actual.size()) {
            return Optional.of("expected " + expected.size() + " elements, got " + actual.size());
        }
        for (int i = 0; i < expected.size(); i++) {
            int at = i;
            Optional<String> d = difference(expected.get(i), actual.get(i)).map(t -> "element " + at + ": " + t);
            if (d.isPresent()) {
                return d;
            }
        }
        return Optional.empty();
    }

    private Optional<String> maps(Map<Object, Datum> expected, Map<Object, Datum> actual) {
        if (!expected.keySet().equals(actual.keySet())) {
            return Optional.of("expected keys " + expected.keySet() + ", got " + actual.keySet());
        }
        for (Map.Entry<Object, Datum> e : expected.entrySet()) {
            Datum other = actual.get(e.getKey());
            Optional<String> d = other == null
                    ? Optional.of("missing")
                    : difference(e.getValue(), other).map(t -> "key " + e.getKey() + ": " + t);
            if (d.isPresent()) {
                return d;
            }
        }
        return Optional.empty();
    }

    private Optional<String> tensors(Tensor expected, Tensor actual) {
        if (!expected.type().equals(actual.type())) {
            return Optional.of("expected " + expected.type() + ", got " + actual.type());
        }
        if (expected.dtype().isComplex()) {
            return tensors(expected.real(), actual.real())
                    .map(d -> "of the real parts " + d)
                    .or(() ->
                            tensors(expected.imaginary(), actual.imaginary()).map(d -> "of the imaginary parts " + d));
        }
        double largest = expected.dtype().isFloat() && ofLargest > 0 ? largest(expected) : 0;
        int wrong = 0;
        int first = -1;
        for (int i = 0; i < expected.length(); i++) {
            if (!holds(expected, actual, i, largest)) {
                wrong++;
                first = first < 0 ? i : first;
            }
        }
        return wrong == 0
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "%d of %d elements differ, first at %d: expected %s, got %s",
                        wrong,
                        expected.length(),
                        first,
                        text(expected, first),
                        text(actual, first)));
    }

    private static String text(Tensor t, int i) {
        return t.dtype() == DType.STRING
                ? '"' + t.getString(i) + '"'
                : t.dtype().isFloat() ? String.valueOf(t.getDouble(i)) : String.valueOf(t.getLong(i));
    }

    private static double largest(Tensor t) {
        double m = 0;
        for (int i = 0; i < t.length(); i++) {
            double a = Math.abs(t.getDouble(i));
            m = Double.isFinite(a) ? Math.max(m, a) : m;
        }
        return m;
    }

    private boolean holds(Tensor expected, Tensor actual, int i, double largest) {
        if (expected.dtype() == DType.STRING) {
            return expected.getString(i).equals(actual.getString(i));
        }
        if (!expected.dtype().isFloat()) {
            return expected.getLong(i) == actual.getLong(i);
        }
        double e = expected.getDouble(i);
        double a = actual.getDouble(i);
        if (Double.isNaN(e) || Double.isInfinite(e) || e == a) {
            return Double.compare(e, a) == 0 || e == a;
        }
        double delta = Math.abs(e - a);
        double share = expected.dtype() == DType.BF16 ? Math.max(relative, TWO_ULPS_OF_BF16) : relative;
        return delta <= absolute + share * Math.abs(e) || delta <= ofLargest * largest;
    }
}
