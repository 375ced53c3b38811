package dev.quern.convert;

import dev.quern.tensor.Datum;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// How far one value is from another that should be equal, whatever float types they have.
///
/// @param absolute the largest difference of two elements
/// @param ofScale the same as a share of the largest finite magnitude of what is expected; of values that are no
///     floats, the share of elements that differ
/// @param labels how many labels there are: rows of scores `[N,C]`, or elements that are no floats
/// @param equalLabels how many of them are equal
public record Difference(double absolute, double ofScale, long labels, long equalLabels) {
    /// Between values of other kinds or shapes.
    static final Difference TOTAL = new Difference(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 0);

    /// The difference of two values of one kind; sequences and maps are taken element by element.
    public static Difference of(Datum expected, Datum actual) {
        List<Tensor> e = leaves(expected, new ArrayList<>());
        List<Tensor> a = leaves(actual, new ArrayList<>());
        if (e.size() != a.size()) {
            return TOTAL;
        }
        double absolute = 0;
        double scale = 0;
        double share = 0;
        long labels = 0;
        long equal = 0;
        for (int i = 0; i < e.size(); i++) {
            if (!e.get(i).shape().equals(a.get(i).shape())
                    || e.get(i).dtype().kind() != a.get(i).dtype().kind()) {
                return TOTAL;
            }
            if (e.get(i).dtype().isFloat()) {
                absolute = Math.max(absolute, distance(e.get(i), a.get(i)));
                scale = Math.max(scale, largest(e.get(i)));
            } else {
                long same = equalElements(e.get(i), a.get(i));
                share = Math.max(
                        share,
                        e.get(i).length() == 0
                                ? 0
                                : 1 - (double) same / e.get(i).length());
            }
            labels += labels(e.get(i));
            equal += equalLabels(e.get(i), a.get(i));
        }
        double ofScale = absolute == 0 ? 0 : scale == 0 ? Double.POSITIVE_INFINITY : absolute / scale;
        return new Difference(absolute, Math.max(share, ofScale), labels, equal);
    }

    private static List<Tensor> leaves(Datum d, List<Tensor> found) {
        switch (d) {
            case Tensor t when t.dtype().isComplex() -> found.addAll(List.of(t.real(), t.imaginary()));
            case Tensor t -> found.add(t);
            case Datum.Sequence s -> s.values().forEach(v -> leaves(v, found));
            case Datum.Mapping m -> {
                m.values().forEach((key, v) -> leaves(v, found));
            }
            case Datum.Maybe m -> m.value().ifPresent(v -> leaves(v, found));
        }
        return found;
    }

    private static double distance(Tensor expected, Tensor actual) {
        double most = 0;
        for (int i = 0; i < expected.length(); i++) {
            double e = expected.getDouble(i);
            double a = actual.getDouble(i);
            boolean same = e == a || (Double.isNaN(e) && Double.isNaN(a));
            double delta = same ? 0 : Math.abs(e - a);
            most = Math.max(most, Double.isNaN(delta) ? Double.POSITIVE_INFINITY : delta);
        }
        return most;
    }

    /// The largest finite magnitude.
    static double largest(Tensor t) {
        double most = 0;
        for (int i = 0; i < t.length(); i++) {
            double magnitude = Math.abs(t.getDouble(i));
            most = Double.isFinite(magnitude) ? Math.max(most, magnitude) : most;
        }
        return most;
    }

    private static long equalElements(Tensor expected, Tensor actual) {
        long equal = 0;
        for (int i = 0; i < expected.length(); i++) {
            boolean same = expected.array() instanceof String[]
                    ? expected.getString(i).equals(actual.getString(i))
                    : expected.getLong(i) == actual.getLong(i);
            equal += same ? 1 : 0;
        }
        return equal;
    }

    private static boolean isScores(Tensor t) {
        Shape s = t.shape();
        return t.dtype().isFloat() && t.rank() == 2 && s.dim(1).extent() > 1;
    }

    private static long labels(Tensor t) {
        return isScores(t) ? t.shape().dim(0).extent() : t.dtype().isFloat() ? 0 : t.length();
    }

    private static long equalLabels(Tensor expected, Tensor actual) {
        if (!expected.dtype().isFloat()) {
            return equalElements(expected, actual);
        }
        long equal = 0;
        int columns = isScores(expected) ? (int) expected.shape().dim(1).extent() : 0;
        for (int row = 0; row < labels(expected); row++) {
            equal += largestAt(expected, row * columns, columns) == largestAt(actual, row * columns, columns) ? 1 : 0;
        }
        return equal;
    }

    private static int largestAt(Tensor t, int from, int columns) {
        int at = 0;
        for (int c = 1; c < columns; c++) {
            at = t.getDouble(from + c) > t.getDouble(from + at) ? c : at;
        }
        return at;
    }
}
