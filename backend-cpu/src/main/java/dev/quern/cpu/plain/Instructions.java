package dev.quern.cpu.plain;

import dev.quern.cpu.plain.Block.File;
import dev.quern.cpu.plain.BlockProgram.Instruction;
import dev.quern.cpu.plain.BlockProgram.Slot;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.FloatFunctions;
import dev.quern.expr.IntegerFunctions;
import dev.quern.expr.UnaryFn;
import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/// The loop for each kind of expression.
final class Instructions {
    private Instructions() {}

    /// Whether the expression is its operand, unchanged: not a cast to 16 bits, since such values are computed in
    /// `f32`.
    static boolean isIdentity(Expr expr) {
        return switch (expr) {
            case Expr.Unary(UnaryFn fn, Expr ignored) -> fn == UnaryFn.STOP_GRADIENT;
            case Expr.Cast(DType to, Expr x) ->
                to == DType.F32 ? x.dtype().computeType() == to : to == x.dtype() && to.computeType() == to;
            case Expr.Arg ignored -> false;
            case Expr.Const ignored -> false;
            case Expr.Index ignored -> false;
            case Expr.Binary ignored -> false;
            case Expr.Select ignored -> false;
            case Expr.BitCast ignored -> false;
        };
    }

    static Instruction fill(Expr.Const constant, int to) {
        return switch (File.of(constant.dtype())) {
            case FLOAT -> (b, n) -> Arrays.fill(b.floats(to), (float) constant.asDouble());
            case DOUBLE -> (b, n) -> Arrays.fill(b.doubles(to), constant.asDouble());
            case LONG -> (b, n) -> Arrays.fill(b.longs(to), constant.bits());
        };
    }

    /// The loop that computes `expr` from the registers of its operands.
    static Instruction of(Expr expr, Slot[] operands, int to) {
        int a = operands[0].register();
        return switch (expr) {
            case Expr.Unary(UnaryFn fn, Expr x) -> unary(fn, x.dtype(), a, to);
            case Expr.Binary(BinaryFn fn, Expr x, Expr ignored) -> binary(fn, x.dtype(), a, operands[1].register(), to);
            case Expr.Select s -> select(s.dtype(), a, operands[1].register(), operands[2].register(), to);
            case Expr.Cast(DType type, Expr x) -> cast(x.dtype(), type, a, to);
            case Expr.BitCast(DType type, Expr x) -> bitCast(x.dtype(), type, a, to);
            case Expr.Arg ignored -> throw leaf(expr);
            case Expr.Const ignored -> throw leaf(expr);
            case Expr.Index ignored -> throw leaf(expr);
        };
    }

    private static IllegalArgumentException leaf(Expr expr) {
        return new IllegalArgumentException(expr + " has no loop");
    }

    private static Instruction unary(UnaryFn fn, DType type, int a, int to) {
        if (fn == UnaryFn.IS_NAN) {
            return ask(type, a, to, Double::isNaN);
        }
        if (fn == UnaryFn.IS_INF) {
            return ask(type, a, to, Double::isInfinite);
        }
        return switch (File.of(type)) {
            case FLOAT -> {
                FloatLoops.Unary loop = FloatLoops.unary(fn);
                yield (b, n) -> loop.run(b.floats(a), b.floats(to), n);
            }
            case DOUBLE -> {
                DoubleUnaryOperator f = FloatFunctions.inDouble(fn);
                yield (b, n) -> {
                    double[] x = b.doubles(a);
                    double[] out = b.doubles(to);
                    for (int i = 0; i < n; i++) {
                        out[i] = f.applyAsDouble(x[i]);
                    }
                };
            }
            case LONG -> {
                LongUnaryOperator f = IntegerFunctions.unary(fn, type);
                yield (b, n) -> {
                    long[] x = b.longs(a);
                    long[] out = b.longs(to);
                    for (int i = 0; i < n; i++) {
                        out[i] = f.applyAsLong(x[i]);
                    }
                };
            }
        };
    }

    private interface Question {
        boolean of(double x);
    }

    private static Instruction ask(DType type, int a, int to, Question question) {
        return switch (File.of(type)) {
            case FLOAT ->
                (b, n) -> {
                    float[] x = b.floats(a);
                    long[] out = b.longs(to);
                    for (int i = 0; i < n; i++) {
                        out[i] = question.of(x[i]) ? 1 : 0;
                    }
                };
            case DOUBLE ->
                (b, n) -> {
                    double[] x = b.doubles(a);
                    long[] out = b.longs(to);
                    for (int i = 0; i < n; i++) {
                        out[i] = question.of(x[i]) ? 1 : 0;
                    }
                };
            case LONG -> (b, n) -> Arrays.fill(b.longs(to), 0, n, 0);
        };
    }

    private static Instruction binary(BinaryFn fn, DType type, int a, int c, int to) {
        return switch (File.of(type)) {
            case FLOAT -> {
                if (fn.isComparison()) {
                    FloatLoops.Test test = FloatLoops.test(fn);
                    yield (b, n) -> test.run(b.floats(a), b.floats(c), b.longs(to), n);
                }
                FloatLoops.Binary loop = FloatLoops.binary(fn);
                yield (b, n) -> loop.run(b.floats(a), b.floats(c), b.floats(to), n);
            }
            case DOUBLE -> fn.isComparison() ? doubleTest(fn, a, c, to) : doubleBinary(fn, a, c, to);
            case LONG -> {
                LongBinaryOperator f = IntegerFunctions.binary(fn, type);
                yield (b, n) -> {
                    long[] x = b.longs(a);
                    long[] y = b.longs(c);
                    long[] out = b.longs(to);
                    for (int i = 0; i < n; i++) {
                        out[i] = f.applyAsLong(x[i], y[i]);
                    }
                };
            }
        };
    }

    private static Instruction doubleBinary(BinaryFn fn, int a, int c, int to) {
        DoubleBinaryOperator f = FloatFunctions.inDouble(fn);
        return (b, n) -> {
            double[] x = b.doubles(a);
            double[] y = b.doubles(c);
            double[] out = b.doubles(to);
            for (int i = 0; i < n; i++) {
                out[i] = f.applyAsDouble(x[i], y[i]);
            }
        };
    }

    private static Instruction doubleTest(BinaryFn fn, int a, int c, int to) {
        FloatFunctions.Test f = FloatFunctions.comparison(fn);
        return (b, n) -> {
            double[] x = b.doubles(a);
            double[] y = b.doubles(c);
            long[] out = b.longs(to);
            for (int i = 0; i < n; i++) {
                out[i] = f.test(x[i], y[i]) ? 1 : 0;
            }
        };
    }

    private static Instruction select(DType type, int condition, int yes, int no, int to) {
        return switch (File.of(type)) {
            case FLOAT ->
                (b, n) -> {
                    long[] c = b.longs(condition);
                    float[] x = b.floats(yes);
                    float[] y = b.floats(no);
                    float[] out = b.floats(to);
                    for (int i = 0; i < n; i++) {
                        out[i] = c[i] != 0 ? x[i] : y[i];
                    }
                };
            case DOUBLE ->
                (b, n) -> {
                    long[] c = b.longs(condition);
                    double[] x = b.doubles(yes);
                    double[] y = b.doubles(no);
                    double[] out = b.doubles(to);
                    for (int i = 0; i < n; i++) {
                        out[i] = c[i] != 0 ? x[i] : y[i];
                    }
                };
            case LONG ->
                (b, n) -> {
                    long[] c = b.longs(condition);
                    long[] x = b.longs(yes);
                    long[] y = b.longs(no);
                    long[] out = b.longs(to);
                    for (int i = 0; i < n; i++) {
                        out[i] = c[i] != 0 ? x[i] : y[i];
                    }
                };
        };
    }

    private static Instruction cast(DType from, DType type, int a, int to) {
        return convert(
                from,
                type,
                a,
                to,
                x -> Conversion.round(type, x),
                x -> Conversion.truncate(type, x),
                x -> Conversion.round(type, from, x),
                x -> Conversion.wrap(type, x));
    }

    private static Instruction bitCast(DType from, DType type, int a, int to) {
        return convert(
                from,
                type,
                a,
                to,
                x -> Conversion.ofBits(type, Conversion.toBits(from, x)),
                x -> Conversion.wrap(type, Conversion.toBits(from, x)),
                x -> Conversion.ofBits(type, x),
                x -> Conversion.wrap(type, x));
    }

    private static Instruction convert(
            DType from,
            DType type,
            int a,
            int to,
            DoubleUnaryOperator real,
            java.util.function.DoubleToLongFunction realToInteger,
            java.util.function.LongToDoubleFunction integerToReal,
            LongUnaryOperator integer) {
        File source = File.of(from);
        File target = File.of(type);
        return (b, n) -> {
            for (int i = 0; i < n; i++) {
                if (source == File.LONG) {
                    long x = b.longs(a)[i];
                    switch (target) {
                        case FLOAT -> b.floats(to)[i] = (float) integerToReal.applyAsDouble(x);
                        case DOUBLE -> b.doubles(to)[i] = integerToReal.applyAsDouble(x);
                        case LONG -> b.longs(to)[i] = integer.applyAsLong(x);
                    }
                } else {
                    double x = source == File.FLOAT ? b.floats(a)[i] : b.doubles(a)[i];
                    switch (target) {
                        case FLOAT -> b.floats(to)[i] = (float) real.applyAsDouble(x);
                        case DOUBLE -> b.doubles(to)[i] = real.applyAsDouble(x);
                        case LONG -> b.longs(to)[i] = realToInteger.applyAsLong(x);
                    }
                }
            }
        };
    }
}
