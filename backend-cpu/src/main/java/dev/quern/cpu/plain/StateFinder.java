package dev.quern.cpu.plain;

import dev.quern.cpu.plain.Block.File;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.IntegerMath;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;

/// How a reducer finds its states from blocks of elements that come in ascending order, in one or two passes.
interface StateFinder {

    /// The reduction of one kept position.
    interface Pass {
        /// Takes in elements `from` to `from + n`.
        void take(Block block, int register, int from, int n);

        /// Called after the last element: whether they are needed once more.
        boolean again();

        /// The state, where elements are floats.
        default double real(int state) {
            throw new UnsupportedOperationException("a reduction of integers");
        }

        /// The state, where elements are integers.
        default long integer(int state) {
            throw new UnsupportedOperationException("a reduction of floats");
        }

        /// State 0 of an arg-reduction.
        default long position() {
            throw new UnsupportedOperationException("no arg-reduction");
        }
    }

    /// Starts a reduction of `count` elements; the pass before it is over.
    Pass start(int count);

    static StateFinder of(Reducer reducer, DType type) {
        File file = File.of(type);
        return switch (reducer) {
            case SUM, PRODUCT, MIN, MAX, AND, OR -> {
                BinaryFn fn = Folds.function(reducer);
                yield switch (file) {
                    case FLOAT -> count -> new FloatPasses.Fold(fn);
                    case DOUBLE -> count -> new DoublePasses.Fold(fn);
                    case LONG -> count -> new LongFold(fn, type);
                };
            }
            case ARG_MIN_FIRST -> count -> new Arg(type, false, false);
            case ARG_MIN_LAST -> count -> new Arg(type, false, true);
            case ARG_MAX_FIRST -> count -> new Arg(type, true, false);
            case ARG_MAX_LAST -> count -> new Arg(type, true, true);
            case MEAN_VARIANCE -> file == File.DOUBLE ? DoublePasses.Moments::new : FloatPasses.Moments::new;
            case MAX_SUM_EXP ->
                file == File.DOUBLE ? count -> new DoublePasses.MaxSumExp() : count -> new FloatPasses.MaxSumExp();
        };
    }

    /// One simple reducer of integers.
    final class LongFold implements Pass {
        private final BinaryFn fn;
        private final DType type;
        private long result;

        LongFold(BinaryFn fn, DType type) {
            this.fn = fn;
            this.type = type;
            result = Folds.identity(fn, type);
        }

        @Override
        public void take(Block block, int register, int from, int n) {
            result = Folds.fold(fn, type, result, block.longs(register), n);
        }

        @Override
        public boolean again() {
            return false;
        }

        @Override
        public long integer(int state) {
            return result;
        }
    }

    /// The position of an extreme element, and the element; of nothing, −1 and the identity.
    final class Arg implements Pass {
        private final DType type;
        private final File file;
        private final boolean largest;
        private final boolean last;
        private long position = -1;
        private double real;
        private long integer;

        Arg(DType type, boolean largest, boolean last) {
            this.type = type;
            this.file = File.of(type);
            this.largest = largest;
            this.last = last;
            BinaryFn fn = largest ? BinaryFn.MAX : BinaryFn.MIN;
            if (file == File.LONG) {
                integer = Folds.identity(fn, type);
            } else {
                real = Folds.identity(fn);
            }
        }

        @Override
        public void take(Block block, int register, int from, int n) {
            for (int i = 0; i < n; i++) {
                if (file == File.LONG) {
                    takeInteger(block.longs(register)[i], from + i);
                } else {
                    takeReal(file == File.FLOAT ? block.floats(register)[i] : block.doubles(register)[i], from + i);
                }
            }
        }

        private void takeReal(double x, int at) {
            boolean wins = position < 0
                    || (Double.isNaN(x) ? !Double.isNaN(real) : (largest ? x > real : x < real) || (last && x == real));
            if (wins) {
                real = x;
                position = at;
            }
        }

        private void takeInteger(long x, int at) {
            int order = position < 0 ? 1 : IntegerMath.compare(type, x, integer) * (largest ? 1 : -1);
            if (order > 0 || (order == 0 && last)) {
                integer = x;
                position = at;
            }
        }

        @Override
        public boolean again() {
            return false;
        }

        @Override
        public double real(int state) {
            return real;
        }

        @Override
        public long integer(int state) {
            return integer;
        }

        @Override
        public long position() {
            return position;
        }
    }
}
