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
        return switch (accumulate) {
            case F32, F16, BF16 -> new Floats(new float[length]);
            case F64 -> new Doubles(new double[length]);
            case I8, I16, I32, I64, U8, U16, U32, U64 -> new Integers(accumulate, new long[length]);
            case BOOL, STRING -> throw new ShapeException("sums are not kept in " + accumulate);
        };
    }

    /// Sets `count` elements from `at` to 0.
    void clear(int at, int count);

    /// Sets `count` elements from `at` to those of `from` that start at `start` and lie `step` apart.
    void load(int at, Elements from, int start, int step, int count);

    /// Subtracts the elements of `other` from those of this, for `count` elements from `at`.
    void subtract(int at, Row other, int count);

    /// `this[at + i] = a[aAt] · b[bAt + i] + this[at + i]`, rounded once, for `count` elements.
    void multiplyAdd(int at, Row a, int aAt, Row b, int bAt, int count);

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
        public void subtract(int at, Row other, int count) {
            float[] o = ((Floats) other).values;
            for (int i = at; i < at + count; i++) {
                values[i] -= o[i];
            }
        }

        @Override
        public void multiplyAdd(int at, Row a, int aAt, Row b, int bAt, int count) {
            float x = ((Floats) a).values[aAt];
            float[] y = ((Floats) b).values;
            for (int i = 0; i < count; i++) {
                values[at + i] = Math.fma(x, y[bAt + i], values[at + i]);
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
        public void subtract(int at, Row other, int count) {
            double[] o = ((Doubles) other).values;
            for (int i = at; i < at + count; i++) {
                values[i] -= o[i];
            }
        }

        @Override
        public void multiplyAdd(int at, Row a, int aAt, Row b, int bAt, int count) {
            double x = ((Doubles) a).values[aAt];
            double[] y = ((Doubles) b).values;
            for (int i = 0; i < count; i++) {
                values[at + i] = Math.fma(x, y[bAt + i], values[at + i]);
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
        public void subtract(int at, Row other, int count) {
            long[] o = ((Integers) other).values;
            for (int i = at; i < at + count; i++) {
                values[i] -= o[i];
            }
        }

        @Override
        public void multiplyAdd(int at, Row a, int aAt, Row b, int bAt, int count) {
            long x = ((Integers) a).values[aAt];
            long[] y = ((Integers) b).values;
            for (int i = 0; i < count; i++) {
                values[at + i] += x * y[bAt + i];
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
