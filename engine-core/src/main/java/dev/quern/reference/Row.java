package dev.quern.reference;

import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.ShapeException;
import java.util.Arrays;

/// A dense array in the accumulate type of a contraction: its operands, converted to that type, and its accumulators.
///
/// Rows that meet in one call have one class.
sealed interface Row {

    static Row of(DType accumulate, int length) {
        return switch (accumulate.kind()) {
            case FLOAT -> accumulate == DType.F64 ? new Doubles(new double[length]) : new Floats(new float[length]);
            case SIGNED, UNSIGNED -> new Integers(accumulate, new long[length]);
            case BOOL, STRING, COMPLEX -> throw new ShapeException("sums are not kept in " + accumulate);
        };
    }

    /// Sets `count` elements from `at` to 0.
    void clear(int at, int count);

    /// Sets `count` elements from `at` to those of `from` that start at `start` and lie `step` apart.
    void load(int at, Elements from, int start, int step, int count);

    /// Subtracts each element of `other` from the one of this.
    void subtract(Row other);

    /// `this[i] = a[at] · b[i] + this[i]` for all elements, rounded once. Whole arrays, since only such loops are
    /// sure to be compiled to vector instructions.
    void multiplyAdd(Row a, int at, Row b);

    /// The elements, for an epilogue to read.
    Elements finished();

    record Floats(float[] values) implements Row {
        @Override
        public void clear(int at, int count) {
            Arrays.fill(values, at, at + count, 0);
        }

        @Override
        public void load(int at, Elements from, int start, int step, int count) {
            if (from.array() instanceof float[] source) {
                for (int i = 0; i < count; i++) {
                    values[at + i] = source[start + i * step];
                }
                return;
            }
            boolean isFloat = from.dtype().isFloat();
            for (int i = 0; i < count; i++) {
                int s = start + i * step;
                values[at + i] = (float)
                        (isFloat ? from.getDouble(s) : Conversion.round(DType.F32, from.dtype(), from.getLong(s)));
            }
        }

        @Override
        public void subtract(Row other) {
            float[] o = ((Floats) other).values;
            for (int i = 0; i < values.length; i++) {
                values[i] -= o[i];
            }
        }

        @Override
        public void multiplyAdd(Row a, int at, Row b) {
            float x = ((Floats) a).values[at];
            float[] y = ((Floats) b).values;
            float[] sums = values;
            for (int i = 0; i < sums.length; i++) {
                sums[i] = Math.fma(x, y[i], sums[i]);
            }
        }

        @Override
        public Elements finished() {
            return new Elements(DType.F32, values);
        }
    }

    record Doubles(double[] values) implements Row {
        @Override
        public void clear(int at, int count) {
            Arrays.fill(values, at, at + count, 0);
        }

        @Override
        public void load(int at, Elements from, int start, int step, int count) {
            for (int i = 0; i < count; i++) {
                values[at + i] = from.getDouble(start + i * step);
            }
        }

        @Override
        public void subtract(Row other) {
            double[] o = ((Doubles) other).values;
            for (int i = 0; i < values.length; i++) {
                values[i] -= o[i];
            }
        }

        @Override
        public void multiplyAdd(Row a, int at, Row b) {
            double x = ((Doubles) a).values[at];
            double[] y = ((Doubles) b).values;
            double[] sums = values;
            for (int i = 0; i < sums.length; i++) {
                sums[i] = Math.fma(x, y[i], sums[i]);
            }
        }

        @Override
        public Elements finished() {
            return new Elements(DType.F64, values);
        }
    }

    /// Integers of any width: computed in 64 bits and wrapped to the width at the end, which gives the same.
    record Integers(DType dtype, long[] values) implements Row {
        @Override
        public void clear(int at, int count) {
            Arrays.fill(values, at, at + count, 0);
        }

        @Override
        public void load(int at, Elements from, int start, int step, int count) {
            for (int i = 0; i < count; i++) {
                values[at + i] = from.getLong(start + i * step);
            }
        }

        @Override
        public void subtract(Row other) {
            long[] o = ((Integers) other).values;
            for (int i = 0; i < values.length; i++) {
                values[i] -= o[i];
            }
        }

        @Override
        public void multiplyAdd(Row a, int at, Row b) {
            long x = ((Integers) a).values[at];
            long[] y = ((Integers) b).values;
            long[] sums = values;
            for (int i = 0; i < sums.length; i++) {
                sums[i] += x * y[i];
            }
        }

        @Override
        public Elements finished() {
            for (int i = 0; i < values.length; i++) {
                values[i] = Conversion.wrap(dtype, values[i]);
            }
            return new Elements(DType.I64, values);
        }
    }
}
