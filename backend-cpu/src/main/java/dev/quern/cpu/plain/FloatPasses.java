package dev.quern.cpu.plain;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.FloatMath;
import dev.quern.kernel.Reducer;
import java.util.Arrays;

/// The reductions of floats: one value after another into 16 lanes, as [Reducer] says.
final class FloatPasses {
    private FloatPasses() {}

    /// One simple reducer of floats.
    static final class Fold implements StateFinder.Pass {
        private final BinaryFn fn;
        private final float[] lanes = new float[Reducer.LANES];
        private float result;

        Fold(BinaryFn fn) {
            this.fn = fn;
            Arrays.fill(lanes, (float) Folds.identity(fn));
        }

        @Override
        public void take(Block block, int register, int from, int n) {
            Folds.fold(fn, lanes, block.floats(register), n);
        }

        @Override
        public boolean again() {
            result = Folds.tree(fn, lanes);
            return false;
        }

        @Override
        public double real(int state) {
            return result;
        }
    }

    /// Mean and variance of floats.
    static final class Moments implements StateFinder.Pass {
        private final int count;
        private final float[] lanes = new float[Reducer.LANES];
        private float mean;
        private float variance;
        private boolean second;

        Moments(int count) {
            this.count = count;
        }

        @Override
        public void take(Block block, int register, int from, int n) {
            float[] values = block.floats(register);
            if (!second) {
                Folds.fold(BinaryFn.ADD, lanes, values, n);
                return;
            }
            for (int i = 0; i < n; i++) {
                float d = values[i] - mean;
                lanes[i % Reducer.LANES] += d * d;
            }
        }

        @Override
        public boolean again() {
            float average = Folds.tree(BinaryFn.ADD, lanes) / count;
            if (second) {
                variance = average;
                return false;
            }
            mean = average;
            second = true;
            Arrays.fill(lanes, 0);
            return true;
        }

        @Override
        public double real(int state) {
            return state == 0 ? mean : variance;
        }
    }

    /// The maximum m of floats, then Σ e^(x − m).
    static final class MaxSumExp implements StateFinder.Pass {
        private final float[] lanes = new float[Reducer.LANES];
        private float max;
        private float sum;
        private boolean second;

        MaxSumExp() {
            Arrays.fill(lanes, Float.NEGATIVE_INFINITY);
        }

        @Override
        public void take(Block block, int register, int from, int n) {
            float[] values = block.floats(register);
            if (!second) {
                Folds.fold(BinaryFn.MAX, lanes, values, n);
                return;
            }
            for (int i = 0; i < n; i++) {
                lanes[i % Reducer.LANES] += FloatMath.exp(values[i] - max);
            }
        }

        @Override
        public boolean again() {
            if (second) {
                sum = Folds.tree(BinaryFn.ADD, lanes);
                return false;
            }
            max = Folds.tree(BinaryFn.MAX, lanes);
            second = true;
            Arrays.fill(lanes, 0);
            return true;
        }

        @Override
        public double real(int state) {
            return state == 0 ? max : sum;
        }
    }
}
