package dev.quern.reference;

import dev.quern.expr.ScalarProgram;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;
import java.util.List;

/// A walk over a space row by row: along its last axis at once, so that an evaluator can be given many points.
final class Rows {
    /// How many points are evaluated before a pulse.
    private static final int CHUNK = 1024;

    /// Stands at the first point of the row.
    final Cursor start;

    private final int[] inStep;
    private final int[] outStep;
    private final int length;

    private Rows(Cursor start, int[] inStep, int[] outStep, int length) {
        this.start = start;
        this.inStep = inStep;
        this.outStep = outStep;
        this.length = length;
    }

    /// @param dims the extents of the space
    /// @param free how many leading slots of [Cursor#in] belong to the caller, who has dense rows there
    static Rows of(int[] dims, int free, List<View> reads, List<View> writes) {
        if (dims.length == 0) {
            return ofPoints(dims, free, reads, writes);
        }
        int last = dims.length - 1;
        int[] starts = dims.clone();
        starts[last] = Math.min(1, dims[last]);
        int[] inStep = new int[free + reads.size()];
        for (int i = 0; i < inStep.length; i++) {
            inStep[i] = i < free ? 1 : reads.get(i - free).stride(last);
        }
        int[] outStep = writes.stream().mapToInt(v -> v.stride(last)).toArray();
        return new Rows(new Cursor(starts, free, reads, writes), inStep, outStep, dims[last]);
    }

    /// A walk point by point: rows of one.
    static Rows ofPoints(int[] dims, int free, List<View> reads, List<View> writes) {
        Cursor start = new Cursor(dims, free, reads, writes);
        return new Rows(start, new int[free + reads.size()], new int[writes.size()], 1);
    }

    /// How many points a row has.
    int length() {
        return length;
    }

    /// Evaluates the expressions at every point of the row, stores them, and goes on to the next row.
    void store(ScalarProgram.Evaluator evaluator, Elements[] in, Elements[] out, Pulse pulse) {
        long linear = start.linear() * length;
        for (int first = 0; first < length; first += CHUNK) {
            int count = Math.min(CHUNK, length - first);
            evaluator.storeRow(in, start.in, inStep, start.index, linear, out, start.out, outStep, first, count);
            pulse.spend(count);
        }
        start.next();
    }
}
