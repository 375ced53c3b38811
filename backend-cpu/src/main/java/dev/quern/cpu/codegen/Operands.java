package dev.quern.cpu.codegen;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Segments;
import dev.quern.cpu.run.Workspace;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// What a call of a generated loop works on: for each view an array, where in it the first element is, and how far rows
/// and runs of elements lie apart.
///
/// A worker has one of these and fills it in again for every call. Machine code takes segments instead of arrays; they
/// are made once, so that a call leaves nothing to the garbage collector, however much of it the JVM has compiled.
public final class Operands {
    private static final int ROOM = 8;

    private @Nullable Object[] arrays = {};
    private @Nullable MemorySegment[] segments = {};
    private Numbers at = Numbers.of(0);
    private Numbers step = Numbers.of(0);
    private Numbers between = Numbers.of(0);
    private int[] begin = {};
    private final Segments ofScratch = new Segments();

    /// Numbers, and the segment over them.
    private record Numbers(int[] array, MemorySegment segment) {

        static Numbers of(int length) {
            int[] array = new int[length];
            return new Numbers(array, MemorySegment.ofArray(array));
        }
    }

    /// The operands of the worker whose `scratch` it is, for so many views, to be filled in.
    static Operands of(Scratch scratch, int views) {
        Operands operands = scratch.kept(Scratch.OPERANDS, Operands.class, Operands::new);
        operands.hold(views);
        return operands;
    }

    /// Operands of their own, one for each of `arrays`, all from the first element on.
    public static Operands of(Object... arrays) {
        Operands operands = new Operands();
        operands.hold(arrays.length);
        for (int v = 0; v < arrays.length; v++) {
            operands.set(v, arrays[v]);
        }
        return operands;
    }

    private void hold(int views) {
        if (arrays.length < views) {
            int length = views + ROOM;
            arrays = new Object[length];
            segments = new MemorySegment[length];
            at = Numbers.of(length);
            step = Numbers.of(length);
            between = Numbers.of(length);
            begin = new int[length];
        }
    }

    /// View `view` is in a buffer of the program.
    void set(int view, Workspace workspace, int buffer) {
        arrays[view] = workspace.array(buffer);
        segments[view] = workspace.segment(buffer);
    }

    /// View `view` is in an array of a worker's own.
    void set(int view, Object array) {
        arrays[view] = array;
        segments[view] = ofScratch.over(array);
    }

    public @Nullable Object[] arrays() {
        return arrays;
    }

    /// Where the first element of each view is.
    public int[] at() {
        return at.array();
    }

    /// From a row of each view to the next.
    public int[] step() {
        return step.array();
    }

    /// From a run of each view to the next of its row.
    public int[] between() {
        return between.array();
    }

    /// Numbers for whoever changes [#at] and puts it right again.
    public int[] begin() {
        return begin;
    }

    /// The segment over the array of `view`; any where none was set.
    public MemorySegment segment(int view) {
        MemorySegment segment = segments[view];
        return segment == null ? at.segment() : segment;
    }

    /// The segment over an array of a worker's own that is no view.
    public MemorySegment over(Object array) {
        return ofScratch.over(array);
    }

    public MemorySegment atSegment() {
        return at.segment();
    }

    public MemorySegment stepSegment() {
        return step.segment();
    }

    public MemorySegment betweenSegment() {
        return between.segment();
    }
}
