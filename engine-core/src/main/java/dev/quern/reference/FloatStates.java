package dev.quern.reference;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.ShapeException;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;

/// The states of a reduction of floats. Numbers are held as doubles and rounded to the compute type after each
/// operation.
final class FloatStates implements States {
    private final Reducer reducer;
    private final boolean single;
    private final double[] row;
    private final double[] lanes = new double[Reducer.LANES];
    private final long[] position = new long[1];
    private final double[] first = new double[1];
    private final double[] second = new double[1];
    private final ScalarProgram.Evaluator exponential;

    /// @param computed `f32` or `f64`
    FloatStates(Reducer reducer, DType computed, int length) {
        if (reducer == Reducer.AND || reducer == Reducer.OR) {
            throw new ShapeException(reducer + " reduces bool, not " + computed);
        }
        this.reducer = reducer;
        this.single = computed == DType.F32;
        this.row = new double[length];
        this.exponential = ScalarProgram.of(
                        Expr.arg(0, computed).minus(Expr.arg(1, computed)).exp(), Rounding.STRICT)
                .evaluator();
    }

    @Override
    public Elements row() {
        return new Elements(DType.F64, row);
    }

    @Override
    public Elements state(int s) {
        if (reducer.isArg()) {
            return s == 0 ? new Elements(DType.I64, position) : new Elements(DType.F64, first);
        }
        return new Elements(DType.F64, s == 0 ? first : second);
    }

    @Override
    public void reduce() {
        switch (reducer) {
            case SUM -> first[0] = fold(BinaryFn.ADD);
            case PRODUCT -> first[0] = fold(BinaryFn.MUL);
            case MIN -> first[0] = fold(BinaryFn.MIN);
            case MAX -> first[0] = fold(BinaryFn.MAX);
            case ARG_MIN_FIRST -> pick(BinaryFn.MIN, false);
            case ARG_MIN_LAST -> pick(BinaryFn.MIN, true);
            case ARG_MAX_FIRST -> pick(BinaryFn.MAX, false);
            case ARG_MAX_LAST -> pick(BinaryFn.MAX, true);
            case MEAN_VARIANCE -> meanAndVariance();
            case MAX_SUM_EXP -> maximumAndSum();
            case AND, OR -> throw new AssertionError(reducer);
        }
    }

    private void meanAndVariance() {
        double n = round(row.length);
        double mean = round(fold(BinaryFn.ADD) / n);
        for (int r = 0; r < row.length; r++) {
            double distance = round(row[r] - mean);
            row[r] = round(distance * distance);
        }
        first[0] = mean;
        second[0] = round(fold(BinaryFn.ADD) / n);
    }

    private void maximumAndSum() {
        first[0] = fold(BinaryFn.MAX);
        Elements[] in = {new Elements(DType.F64, row), new Elements(DType.F64, first)};
        int[] at = new int[2];
        for (int r = 0; r < row.length; r++) {
            at[0] = r;
            row[r] = exponential.asDouble(0, in, at, new long[0], r);
        }
        second[0] = fold(BinaryFn.ADD);
    }

    private double fold(BinaryFn fn) {
        DoubleBinaryOperator combine = switch (fn) {
            case ADD -> single ? (a, b) -> (float) (a + b) : Double::sum;
            case MUL -> single ? (a, b) -> (float) (a * b) : (a, b) -> a * b;
            case MIN -> Math::min;
            case MAX -> Math::max;
            default -> throw new AssertionError(fn);
        };
        Arrays.fill(lanes, Identity.ofFloats(fn));
        for (int r = 0; r < row.length; r++) {
            int lane = r % Reducer.LANES;
            lanes[lane] = combine.applyAsDouble(lanes[lane], row[r]);
        }
        for (int half = Reducer.LANES / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] = combine.applyAsDouble(lanes[i], lanes[i + half]);
            }
        }
        return lanes[0];
    }

    private void pick(BinaryFn fn, boolean last) {
        position[0] = -1;
        first[0] = Identity.ofFloats(fn);
        for (int r = 0; r < row.length && !Double.isNaN(first[0]); r++) {
            double x = row[r];
            boolean better = position[0] < 0
                    || Double.isNaN(x)
                    || (fn == BinaryFn.MIN ? x < first[0] : x > first[0])
                    || (last && x == first[0]);
            if (better) {
                position[0] = r;
                first[0] = x;
            }
        }
    }

    private double round(double value) {
        return single ? (float) value : value;
    }
}
