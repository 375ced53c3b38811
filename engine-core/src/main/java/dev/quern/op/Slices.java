package dev.quern.op;

import dev.quern.tensor.Complex;
import dev.quern.tensor.DType;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// A tensor seen as slices along an axis, or as its elements one by one.
///
/// @param shape the shape of the tensor, flat where there is no axis
/// @param outer how many runs of slices there are
/// @param count how many slices a run has
/// @param inner how many elements of a slice lie beside each other
record Slices(Shape shape, int axis, int outer, int count, int inner) {

    static Slices of(Tensor x, Optional<Integer> axis) {
        if (axis.isEmpty()) {
            return new Slices(Shape.of(x.length()), 0, 1, x.length(), 1);
        }
        int at = x.shape().axis(axis.get());
        return new Slices(
                x.shape(),
                at,
                x.shape().slice(0, at).elements(),
                (int) x.shape().dim(at).extent(),
                x.shape().slice(at + 1, x.rank()).elements());
    }

    /// The slices at these places.
    Tensor select(Tensor x, int... chosen) {
        Tensor out = Tensor.zeros(x.dtype(), shape.with(axis, Dim.of(chosen.length)));
        for (int i = 0; i < out.length(); i++) {
            int within = i % inner;
            int slice = i / inner % chosen.length;
            int run = i / inner / chosen.length;
            out.elements().copy(i, x.elements(), (run * count + chosen[slice]) * inner + within);
        }
        return out;
    }

    /// Distinct slices, where each first occurs, which one each slice is, how often each occurs.
    List<Tensor> unique(Tensor x, boolean sorted) {
        Map<List<Object>, List<Integer>> found = new LinkedHashMap<>();
        for (int s = 0; s < count; s++) {
            found.computeIfAbsent(elements(x, s), k -> new ArrayList<>()).add(s);
        }
        List<List<Integer>> groups = new ArrayList<>(found.values());
        if (sorted) {
            groups.sort(Comparator.comparing(g -> elements(x, g.getFirst()), Slices::compare));
        }
        int[] first = groups.stream().mapToInt(List::getFirst).toArray();
        long[] which = new long[count];
        for (int g = 0; g < groups.size(); g++) {
            for (int s : groups.get(g)) {
                which[s] = g;
            }
        }
        long[] counts = groups.stream().mapToLong(List::size).toArray();
        long[] firsts = IntStream.of(first).asLongStream().toArray();
        return List.of(
                select(x, first),
                Tensor.of(firsts, firsts.length),
                Tensor.of(which, count),
                Tensor.of(counts, counts.length));
    }

    private List<Object> elements(Tensor x, int slice) {
        List<Object> elements = new ArrayList<>();
        for (int run = 0; run < outer; run++) {
            for (int i = 0; i < inner; i++) {
                elements.add(element(x, (run * count + slice) * inner + i));
            }
        }
        return elements;
    }

    private static Object element(Tensor x, int i) {
        return switch (x.dtype().kind()) {
            case STRING -> x.getString(i);
            // + 0.0 makes −0 and 0 one value
            case FLOAT -> x.getDouble(i) + 0.0;
            // shifted, so that unsigned numbers of 64 bits compare as they should
            case UNSIGNED -> x.dtype() == DType.U64 ? x.getLong(i) + Long.MIN_VALUE : x.getLong(i);
            case SIGNED, BOOL -> x.getLong(i);
            case COMPLEX ->
                new Complex(x.getComplex(i).re() + 0.0, x.getComplex(i).im() + 0.0);
        };
    }

    private static int compare(List<Object> a, List<Object> b) {
        for (int i = 0; i < a.size(); i++) {
            int order = order(a.get(i), b.get(i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static int order(Object a, Object b) {
        if (a instanceof Double x && b instanceof Double y) {
            return Double.compare(x, y);
        }
        if (a instanceof Long x && b instanceof Long y) {
            return Long.compare(x, y);
        }
        if (a instanceof Complex x && b instanceof Complex y) {
            return x.compareTo(y);
        }
        return a.toString().compareTo(b.toString());
    }
}
