package dev.quern.reference;

import dev.quern.expr.BinaryFn;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.ShapeException;

/// The states of a reduction of integers or `bool`. No order of combination can be told from another here.
final class IntegerStates implements States {
    private final Reducer reducer;
    private final DType dtype;
    private final long[] row;
    private final long[] position = new long[1];
    private final long[] value = new long[1];

    IntegerStates(Reducer reducer, DType dtype, int length) {
        if (reducer == Reducer.MEAN_VARIANCE || reducer == Reducer.MAX_SUM_EXP) {
            throw new ShapeException(reducer + " reduces floats, not " + dtype);
        }
        this.reducer = reducer;
        this.dtype = dtype;
        this.row = new long[length];
    }

    @Override
    public Elements row() {
        return new Elements(DType.I64, row);
    }

    @Override
    public Elements state(int s) {
        return new Elements(DType.I64, reducer.isArg() && s == 0 ? position : value);
    }

    @Override
    public void reduce() {
        switch (reducer) {
            case SUM -> fold(BinaryFn.ADD);
            case PRODUCT -> fold(BinaryFn.MUL);
            case MIN -> fold(BinaryFn.MIN);
            case MAX -> fold(BinaryFn.MAX);
            case AND -> fold(BinaryFn.AND);
            case OR -> fold(BinaryFn.OR);
            case ARG_MIN_FIRST -> pick(BinaryFn.MIN, false);
            case ARG_MIN_LAST -> pick(BinaryFn.MIN, true);
            case ARG_MAX_FIRST -> pick(BinaryFn.MAX, false);
            case ARG_MAX_LAST -> pick(BinaryFn.MAX, true);
            case MEAN_VARIANCE, MAX_SUM_EXP -> throw new AssertionError(reducer);
        }
    }

    private void fold(BinaryFn fn) {
        long folded = Identity.ofIntegers(fn, dtype);
        for (long x : row) {
            folded = switch (fn) {
                case ADD -> folded + x;
                case MUL -> folded * x;
                case MIN -> compare(x, folded) < 0 ? x : folded;
                case MAX -> compare(x, folded) > 0 ? x : folded;
                case AND -> folded & x;
                case OR -> folded | x;
                default -> throw new AssertionError(fn);
            };
        }
        value[0] = Conversion.wrap(dtype, folded);
    }

    private void pick(BinaryFn fn, boolean last) {
        position[0] = -1;
        value[0] = Identity.ofIntegers(fn, dtype);
        for (int r = 0; r < row.length; r++) {
            int order = fn == BinaryFn.MIN ? compare(value[0], row[r]) : compare(row[r], value[0]);
            if (position[0] < 0 || order > 0 || (last && order == 0)) {
                position[0] = r;
                value[0] = row[r];
            }
        }
    }

    private int compare(long a, long b) {
        return dtype == DType.U64 ? Long.compareUnsigned(a, b) : Long.compare(a, b);
    }
}
