package dev.quern.op;

import dev.quern.graph.Operands;
import dev.quern.kernel.View;
import dev.quern.tensor.Dim;
import dev.quern.tensor.Shape;
import dev.quern.tensor.ShapeException;
import java.util.Arrays;
import java.util.Optional;

/// What the starts, ends, axes and steps of a slice mean for given extents.
///
/// @param start the first position taken
/// @param count how many positions are taken
/// @param step the distance between them
record Ranges(int start, int count, int step) {

    /// The range of an axis of extent `dim`, by ONNX Slice: positions below 0 count from the end, then both are
    /// clamped.
    static Ranges of(long dim, long from, long to, long step) {
        if (step == 0) {
            throw new ShapeException("a slice must have a step other than 0");
        }
        if (dim == 0) {
            return new Ranges(0, 0, 1);
        }
        long start = from < 0 ? from + dim : from;
        long end = to < 0 ? Math.max(to, -dim - 1) + dim : to;
        long count;
        if (step > 0) {
            start = Math.clamp(start, 0, dim);
            end = Math.clamp(end, 0, dim);
            count = end <= start ? 0 : (end - start - 1) / step + 1;
        } else {
            start = Math.clamp(start, 0, dim - 1);
            end = Math.clamp(end, -1, dim - 1);
            count = start <= end ? 0 : (end - start + 1) / step + 1;
        }
        return new Ranges((int) start, (int) count, (int) Math.clamp(step, -dim - 1, dim + 1));
    }

    /// The shape of a slice of `x`, whose starts are operand `first`.
    static Shape shape(Shape x, Operands in, int first) {
        Optional<long[]> axes = axes(in, first);
        if (axes.isEmpty()) {
            return Shape.ofRank(x.rank());
        }
        Optional<long[]> starts = in.longs(first);
        Optional<long[]> ends = in.longs(first + 1);
        Optional<long[]> steps = steps(in, first, axes.get().length);
        Shape out = x;
        int[] at = Axes.of(axes.get(), x.rank());
        for (int i = 0; i < at.length; i++) {
            boolean known = starts.isPresent() && ends.isPresent() && steps.isPresent();
            out = out.with(
                    at[i], known ? extent(x.dim(at[i]), starts.get()[i], ends.get()[i], steps.get()[i]) : Dim.UNKNOWN);
        }
        return out;
    }

    private static Dim extent(Dim dim, long start, long end, long step) {
        if (dim.isFixed()) {
            return Dim.of(of(dim.extent(), start, end, step).count);
        }
        boolean whole = start == 0 && end >= Integer.MAX_VALUE && step == 1;
        return whole ? dim : Dim.UNKNOWN;
    }

    /// The slice of `x` whose starts are operand `first`.
    static View slice(View x, Operands in, int first) {
        long[] axes = axes(in, first).orElseThrow();
        long[] starts = in.longs(first).orElseThrow();
        long[] ends = in.longs(first + 1).orElseThrow();
        long[] steps = steps(in, first, axes.length).orElseThrow();
        View v = x;
        int[] at = Axes.of(axes, x.rank());
        for (int i = 0; i < at.length; i++) {
            Ranges r = of(x.dim(at[i]), starts[i], ends[i], steps[i]);
            v = v.slice(at[i], r.start, r.count, r.step);
        }
        return v;
    }

    private static Optional<long[]> axes(Operands in, int first) {
        if (in.size() > first + 2) {
            return in.longs(first + 2);
        }
        Dim n = in.shape(first).dim(0);
        return n.isFixed()
                ? Optional.of(
                        Arrays.stream(Axes.all((int) n.extent())).asLongStream().toArray())
                : Optional.empty();
    }

    private static Optional<long[]> steps(Operands in, int first, int axes) {
        if (in.size() > first + 3) {
            return in.longs(first + 3);
        }
        long[] ones = new long[axes];
        Arrays.fill(ones, 1);
        return Optional.of(ones);
    }
}
