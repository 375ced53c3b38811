package dev.quern.expr;

import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleToLongFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;

/// One step of straight-line code: computes its register from those of its operands, at every point of a part.
interface Instruction {
    void run(Registers r);

    /// @param step what is computed
    /// @param to the number of the step, which is that of its register
    static Instruction of(StraightLine.Step step, int to, Rounding rounding) {
        int a = operand(step, 0);
        int b = operand(step, 1);
        int c = operand(step, 2);
        return switch (step.expr()) {
            case Expr.Arg(int index, DType type) ->
                type.isFloat() ? r -> r.loadFloats(index, r.floats[to]) : r -> r.loadIntegers(index, r.integers[to]);
            case Expr.Const constant -> {
                double value = constant.asDouble();
                long bits = constant.bits();
                yield constant.dtype().isFloat()
                        ? r -> Arrays.fill(r.floats[to], 0, r.count(), value)
                        : r -> Arrays.fill(r.integers[to], 0, r.count(), bits);
            }
            case Expr.Index(int axis) -> r -> r.loadPositions(axis, r.integers[to]);
            case Expr.Unary(UnaryFn fn, Expr x) -> unary(fn, x.dtype(), rounding, a, to);
            case Expr.Binary(BinaryFn fn, Expr x, Expr ignored) -> binary(fn, x.dtype(), rounding, a, b, to);
            case Expr.Select select -> select(select.dtype(), a, b, c, to);
            case Expr.Cast(DType type, Expr x) -> cast(type, x.dtype(), a, to);
            case Expr.BitCast(DType type, Expr x) -> bitCast(type, x.dtype(), a, to);
        };
    }

    private static int operand(StraightLine.Step step, int k) {
        return k < step.operands().size() ? step.operands().get(k) : -1;
    }

    private static boolean inDouble(DType type, Rounding rounding) {
        return type == DType.F64 || rounding == Rounding.ORACLE;
    }

    private static Instruction unary(UnaryFn fn, DType type, Rounding rounding, int a, int to) {
        if (fn == UnaryFn.IS_NAN) {
            return toInteger(x -> Double.isNaN(x) ? 1 : 0, a, to);
        }
        if (fn == UnaryFn.IS_INF) {
            return toInteger(x -> Double.isInfinite(x) ? 1 : 0, a, to);
        }
        if (!type.isFloat()) {
            return onIntegers(IntegerFunctions.unary(fn, type), a, to);
        }
        return onFloats(inDouble(type, rounding) ? FloatFunctions.inDouble(fn) : FloatFunctions.inSingle(fn), a, to);
    }

    private static Instruction binary(BinaryFn fn, DType type, Rounding rounding, int a, int b, int to) {
        if (!type.isFloat()) {
            LongBinaryOperator g = IntegerFunctions.binary(fn, type);
            return r -> {
                long[] x = r.integers[a];
                long[] y = r.integers[b];
                long[] z = r.integers[to];
                for (int i = 0; i < r.count(); i++) {
                    z[i] = g.applyAsLong(x[i], y[i]);
                }
            };
        }
        if (fn.isComparison()) {
            FloatFunctions.Test g = FloatFunctions.comparison(fn);
            return r -> {
                double[] x = r.floats[a];
                double[] y = r.floats[b];
                long[] z = r.integers[to];
                for (int i = 0; i < r.count(); i++) {
                    z[i] = g.test(x[i], y[i]) ? 1 : 0;
                }
            };
        }
        DoubleBinaryOperator g = inDouble(type, rounding) ? FloatFunctions.inDouble(fn) : FloatFunctions.inSingle(fn);
        return r -> {
            double[] x = r.floats[a];
            double[] y = r.floats[b];
            double[] z = r.floats[to];
            for (int i = 0; i < r.count(); i++) {
                z[i] = g.applyAsDouble(x[i], y[i]);
            }
        };
    }

    private static Instruction select(DType type, int a, int b, int c, int to) {
        if (type.isFloat()) {
            return r -> {
                for (int i = 0; i < r.count(); i++) {
                    r.floats[to][i] = r.floats[r.integers[a][i] != 0 ? b : c][i];
                }
            };
        }
        return r -> {
            for (int i = 0; i < r.count(); i++) {
                r.integers[to][i] = r.integers[r.integers[a][i] != 0 ? b : c][i];
            }
        };
    }

    private static Instruction cast(DType type, DType from, int a, int to) {
        if (type.isFloat()) {
            return from.isFloat()
                    ? onFloats(x -> Conversion.round(type, x), a, to)
                    : toFloat(x -> Conversion.round(type, from, x), a, to);
        }
        return from.isFloat()
                ? toInteger(x -> Conversion.truncate(type, x), a, to)
                : onIntegers(x -> Conversion.wrap(type, x), a, to);
    }

    private static Instruction bitCast(DType type, DType from, int a, int to) {
        if (type.isFloat()) {
            return from.isFloat()
                    ? onFloats(x -> Conversion.ofBits(type, Conversion.toBits(from, x)), a, to)
                    : toFloat(x -> Conversion.ofBits(type, x), a, to);
        }
        return from.isFloat()
                ? toInteger(x -> Conversion.wrap(type, Conversion.toBits(from, x)), a, to)
                : onIntegers(x -> Conversion.wrap(type, x), a, to);
    }

    private static Instruction onFloats(DoubleUnaryOperator g, int a, int to) {
        return r -> {
            double[] x = r.floats[a];
            double[] y = r.floats[to];
            for (int i = 0; i < r.count(); i++) {
                y[i] = g.applyAsDouble(x[i]);
            }
        };
    }

    private static Instruction onIntegers(LongUnaryOperator g, int a, int to) {
        return r -> {
            long[] x = r.integers[a];
            long[] y = r.integers[to];
            for (int i = 0; i < r.count(); i++) {
                y[i] = g.applyAsLong(x[i]);
            }
        };
    }

    private static Instruction toInteger(DoubleToLongFunction g, int a, int to) {
        return r -> {
            double[] x = r.floats[a];
            long[] y = r.integers[to];
            for (int i = 0; i < r.count(); i++) {
                y[i] = g.applyAsLong(x[i]);
            }
        };
    }

    private static Instruction toFloat(LongToDoubleFunction g, int a, int to) {
        return r -> {
            long[] x = r.integers[a];
            double[] y = r.floats[to];
            for (int i = 0; i < r.count(); i++) {
                y[i] = g.applyAsDouble(x[i]);
            }
        };
    }
}
