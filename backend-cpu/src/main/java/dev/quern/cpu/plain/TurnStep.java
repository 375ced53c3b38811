package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;

/// A copy between views of `f32` in which neighbours on one side lie apart on the other, as a matrix and its transpose
/// do: a unit is a band of rows of one matrix.
public final class TurnStep implements Step {
    /// Shorter rows are copied one by one.
    private static final int LEAST = 8;

    private static final int ROWS_PER_UNIT = 64;
    private static final int NONE = -1;

    private final View from;
    private final View to;
    private final Nest nest;
    private final Transposer transposer;

    /// The axes along which elements of `to`, and of `from`, are neighbours.
    private final int rows;

    private final int columns;

    private TurnStep(View from, View to, Nest nest, int rows, int columns, Transposer transposer) {
        this.from = from;
        this.to = to;
        this.nest = nest;
        this.rows = rows;
        this.columns = columns;
        this.transposer = transposer;
    }

    /// The step that copies `from` to `to`.
    public static Step copy(View from, View to, Transposer transposer) {
        Nest nest = Nest.of(to.dims(), List.of(from, to));
        int rows = neighbours(nest, 1);
        int columns = neighbours(nest, 0);
        boolean turns = from.dtype() == DType.F32
                && rows != NONE
                && columns != NONE
                && rows != columns
                && nest.stride(0, rows) > 0
                && nest.stride(1, columns) > 0;
        return turns ? new TurnStep(from, to, nest, rows, columns, transposer) : new CopyStep(from, to);
    }

    private static int neighbours(Nest nest, int view) {
        int found = NONE;
        for (int axis = 0; axis < nest.rank(); axis++) {
            if (nest.stride(view, axis) == 1 && nest.dim(axis) >= LEAST) {
                found = axis;
            }
        }
        return found;
    }

    private int bands() {
        return Math.ceilDiv(nest.dim(rows), ROWS_PER_UNIT);
    }

    @Override
    public int units() {
        return nest.length() / nest.dim(rows) / nest.dim(columns) * bands();
    }

    @Override
    public long nanosPerUnit() {
        return 50 + Math.min(ROWS_PER_UNIT, nest.dim(rows)) * (long) nest.dim(columns) / 4;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int first, int last) {
        float[] source = workspace.floats(from.buffer());
        float[] target = workspace.floats(to.buffer());
        int step = nest.stride(0, rows);
        int toStep = nest.stride(1, columns);
        for (int unit = first; unit < last; unit++) {
            int row = unit % bands() * ROWS_PER_UNIT;
            int at = nest.offset(0) + row * step;
            int toAt = nest.offset(1) + row;
            int matrix = unit / bands();
            for (int axis = nest.rank() - 1; axis >= 0; axis--) {
                if (axis != rows && axis != columns) {
                    int i = matrix % nest.dim(axis);
                    matrix /= nest.dim(axis);
                    at += i * nest.stride(0, axis);
                    toAt += i * nest.stride(1, axis);
                }
            }
            int count = Math.min(ROWS_PER_UNIT, nest.dim(rows) - row);
            transposer.turn(source, at, step, count, nest.dim(columns), target, toAt, toStep);
        }
    }
}
