package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.NotGenerated;
import dev.quern.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/// The arrays that a loop over lanes reads and writes: elements of 32 bits, in rows.
record LaneViews(List<Access> views) {
    /// What is passed for views that there are not.
    private static final MemorySegment NONE = MemorySegment.ofArray(new float[1]);

    /// @param most how many the loop takes
    /// @throws NotGenerated where there are more, or elements that are not of 32 bits
    static LaneViews of(List<Access> views, int most) {
        if (views.size() > most) {
            throw new NotGenerated("more than " + most + " views");
        }
        for (Access view : views) {
            if (view.dtype() != DType.F32 && view.dtype() != DType.I32) {
                throw new NotGenerated("elements of " + view.dtype());
            }
        }
        return new LaneViews(List.copyOf(views));
    }

    int size() {
        return views.size();
    }

    /// Whether a row of view `number` is one element, repeated.
    boolean isRepeated(int number) {
        return views.get(number).repeated();
    }

    List<Boolean> repeated() {
        return views.stream().map(Access::repeated).toList();
    }

    /// Checks that the rows of view `number`, `n` elements each, lie within its array.
    ///
    /// @param before how far before its first row another one begins, at most 0
    /// @param beyond how far beyond its first row another one begins
    void check(Object[] arrays, int number, int at, long before, long beyond, int n) {
        int length = arrays[number] instanceof float[] floats ? floats.length : ((int[]) arrays[number]).length;
        Objects.checkFromToIndex(at + before, at + beyond + (isRepeated(number) ? 1 : n), (long) length);
    }

    /// The array of view `number`; any where there is no such view.
    MemorySegment segment(Object[] arrays, int number) {
        return number >= views.size()
                ? NONE
                : arrays[number] instanceof float[] floats
                        ? MemorySegment.ofArray(floats)
                        : MemorySegment.ofArray((int[]) arrays[number]);
    }
}
