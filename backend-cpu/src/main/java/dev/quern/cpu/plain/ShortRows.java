package dev.quern.cpu.plain;

import dev.quern.cpu.plain.Block.File;
import dev.quern.cpu.run.Scratch;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.FloatMath;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;

/// Reductions of rows of up to 16 floats, as many rows at once as a block has room for: element e of every row is a
/// lane of its own, so the tree of [Reducer] combines columns. Empty lanes are left out: no function here changes by an
/// identity, once a sum has begun with +0.
final class ShortRows {
    /// Scratch arrays that it uses.
    static final int ARRAYS = 2;

    private static final int NAN_KEY = OrderKeys.of(Float.NaN);

    private final Reducer reducer;
    private final int length;
    private final int base;

    /// @param length elements in a row, 1 to 16
    /// @param base the first of the scratch arrays that it may use
    ShortRows(Reducer reducer, int length, int base) {
        this.reducer = reducer;
        this.length = length;
        this.base = base;
    }

    static boolean fits(Reducer reducer, DType type, int length) {
        return File.of(type) == File.FLOAT
                && length >= 1
                && length <= Reducer.LANES
                && reducer != Reducer.AND
                && reducer != Reducer.OR;
    }

    /// How many rows at most.
    int most() {
        return Block.SIZE / length;
    }

    /// The states of `rows` rows, one after another in `values`.
    ///
    /// @param first state 0, if anyone wants it: floats, or positions of an arg-reduction
    /// @param second state 1, likewise
    /// @param at where the first row's states go
    void reduce(Scratch scratch, float[] values, int rows, Object first, float[] second, int at) {
        if (reducer.isArg()) {
            positions(values, rows, (long[]) first, second, at);
            return;
        }
        float[] columns = scratch.floats(base, Block.SIZE);
        switch (reducer) {
            case SUM -> fold(BinaryFn.ADD, values, rows, columns);
            case PRODUCT -> fold(BinaryFn.MUL, values, rows, columns);
            case MIN -> fold(BinaryFn.MIN, values, rows, columns);
            case MAX, MAX_SUM_EXP -> fold(BinaryFn.MAX, values, rows, columns);
            case MEAN_VARIANCE -> {
                fold(BinaryFn.ADD, values, rows, columns);
                divide(columns, rows);
            }
            default -> throw new IllegalArgumentException(reducer + " of floats");
        }
        System.arraycopy(columns, 0, first, at, rows);
        if (reducer.states() == 2) {
            float[] state = scratch.floats(base + 1, Block.SIZE);
            System.arraycopy(columns, 0, state, 0, rows);
            second(values, rows, state, columns);
            System.arraycopy(columns, 0, second, at, rows);
        }
    }

    /// State 1 into the first column.
    private void second(float[] values, int rows, float[] state, float[] columns) {
        columns(values, rows, columns);
        for (int e = 0; e < length; e++) {
            if (reducer == Reducer.MEAN_VARIANCE) {
                squaredDistances(columns, e * rows, state, rows);
            } else {
                exponentials(columns, e * rows, state, rows);
            }
        }
        tree(BinaryFn.ADD, columns, rows);
        if (reducer == Reducer.MEAN_VARIANCE) {
            divide(columns, rows);
        }
    }

    private static void squaredDistances(float[] x, int at, float[] mean, int n) {
        for (int i = 0; i < n; i++) {
            float d = x[at + i] - mean[i];
            x[at + i] = d * d;
        }
    }

    private static void exponentials(float[] x, int at, float[] max, int n) {
        for (int i = 0; i < n; i++) {
            x[at + i] = FloatMath.exp(x[at + i] - max[i]);
        }
    }

    private void divide(float[] sums, int rows) {
        for (int i = 0; i < rows; i++) {
            sums[i] /= length;
        }
    }

    private void fold(BinaryFn fn, float[] values, int rows, float[] columns) {
        columns(values, rows, columns);
        if (fn == BinaryFn.ADD) {
            for (int i = 0; i < rows * length; i++) {
                columns[i] += 0f; // a sum begins with +0, which −0 becomes
            }
        }
        tree(fn, columns, rows);
    }

    private void columns(float[] values, int rows, float[] columns) {
        for (int e = 0; e < length; e++) {
            for (int i = 0; i < rows; i++) {
                columns[e * rows + i] = values[i * length + e];
            }
        }
    }

    private void tree(BinaryFn fn, float[] columns, int rows) {
        int live = length;
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            int n = Math.max(0, live - half) * rows;
            int other = half * rows;
            switch (fn) {
                case ADD -> add(columns, other, n);
                case MUL -> multiply(columns, other, n);
                case MIN -> min(columns, other, n);
                default -> max(columns, other, n);
            }
            live = Math.min(live, half);
        }
    }

    private static void add(float[] x, int other, int n) {
        for (int i = 0; i < n; i++) {
            x[i] += x[other + i];
        }
    }

    private static void multiply(float[] x, int other, int n) {
        for (int i = 0; i < n; i++) {
            x[i] *= x[other + i];
        }
    }

    private static void min(float[] x, int other, int n) {
        for (int i = 0; i < n; i++) {
            x[i] = Math.min(x[i], x[other + i]);
        }
    }

    private static void max(float[] x, int other, int n) {
        for (int i = 0; i < n; i++) {
            x[i] = Math.max(x[i], x[other + i]);
        }
    }

    /// Where the extremes are: the first or the last of equals, or the first NaN, which is then the extreme. Elements
    /// become integers of the same order with their place below, of which the greatest is found without branches.
    private void positions(float[] values, int rows, long[] positions, float[] elements, int at) {
        boolean last = reducer == Reducer.ARG_MIN_LAST || reducer == Reducer.ARG_MAX_LAST;
        boolean least = reducer == Reducer.ARG_MIN_FIRST || reducer == Reducer.ARG_MIN_LAST;
        int flip = last ? 0 : Reducer.LANES - 1;
        for (int row = 0; row < rows; row++) {
            int from = row * length;
            long most = Long.MIN_VALUE;
            for (int e = 0; e < length; e++) {
                float x = values[from + e];
                long key = OrderKeys.of(least ? -x : x); // NaN stays the greatest
                most = Math.max(most, (key << Integer.SIZE) | (e ^ flip));
            }
            int position = (int) most ^ flip;
            if (last && most >>> Integer.SIZE == NAN_KEY) {
                position = firstNaN(values, from);
            }
            positions[at + row] = position;
            elements[at + row] = values[from + position];
        }
    }

    private int firstNaN(float[] values, int from) {
        int e = 0;
        while (!Float.isNaN(values[from + e])) {
            e++;
        }
        return e;
    }
}
