package dev.quern.expr;

import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/// Expressions compiled for evaluation of one element at a time: the meaning of [Expr], in plain Java.
///
/// Every distinct subexpression is computed once an element. Safe for concurrent use; an evaluation allocates nothing
/// while one thread at a time is at it.
///
/// The operands of an evaluation are `in`, read at the positions `inAt`; `index` is the position in the iteration
/// space and `linear` its row-major number. An integer division by zero throws [ArithmeticException].
public final class ScalarProgram {
    private final List<DType> types;
    private final boolean[] isFloat;
    private final int[] results;
    private final Instruction[] all;
    private final Instruction[][] single;
    private final AtomicReference<Evaluator> spare = new AtomicReference<>();

    private ScalarProgram(List<DType> types, int[] results, Instruction[] all, Instruction[][] single) {
        this.types = types;
        this.isFloat = new boolean[types.size()];
        for (int k = 0; k < isFloat.length; k++) {
            isFloat[k] = types.get(k).isFloat();
        }
        this.results = results;
        this.all = all;
        this.single = single;
    }

    /// Compiles `exprs`; results are numbered in this order.
    public static ScalarProgram of(List<Expr> exprs, Rounding rounding) {
        StraightLine line = StraightLine.of(exprs);
        List<StraightLine.Step> steps = line.steps();
        Instruction[] all = new Instruction[steps.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = instruction(steps.get(i), i, rounding);
        }
        int[] results = line.results().stream().mapToInt(i -> i).toArray();
        Instruction[][] single = new Instruction[results.length][];
        for (int k = 0; k < results.length; k++) {
            single[k] = needed(steps, results[k], all);
        }
        return new ScalarProgram(exprs.stream().map(Expr::dtype).toList(), results, all, single);
    }

    public static ScalarProgram of(Expr expr, Rounding rounding) {
        return of(List.of(expr), rounding);
    }

    /// Evaluates all expressions and stores each in `out` at `outAt`.
    public void store(Elements[] in, int[] inAt, long[] index, long linear, Elements[] out, int[] outAt) {
        Evaluator e = borrow();
        e.store(in, inAt, index, linear, out, outAt);
        spare.set(e);
    }

    /// The value of one expression as a double; integers beyond 2^53 are rounded.
    public double asDouble(int expr, Elements[] in, int[] inAt, long[] index, long linear) {
        Evaluator e = borrow();
        double value = e.asDouble(expr, in, inAt, index, linear);
        spare.set(e);
        return value;
    }

    /// The value of one expression as a long: exact for integers (`u64` as its bits), truncated toward zero for
    /// floats.
    public long asLong(int expr, Elements[] in, int[] inAt, long[] index, long linear) {
        Evaluator e = borrow();
        long value = e.asLong(expr, in, inAt, index, linear);
        spare.set(e);
        return value;
    }

    private Evaluator borrow() {
        Evaluator free = spare.getAndSet(null);
        return free != null ? free : evaluator();
    }

    /// An evaluator for one thread, quicker than this program itself where many elements are evaluated.
    public Evaluator evaluator() {
        return new Evaluator();
    }

    /// Evaluates the expressions for one thread; allocates nothing.
    public final class Evaluator {
        /// The value of each step: floats in one file, integers and `bool` in the other.
        private final double[] floats = new double[all.length];

        private final long[] integers = new long[all.length];

        private Evaluator() {}

        /// As [ScalarProgram#store].
        public void store(Elements[] in, int[] inAt, long[] index, long linear, Elements[] out, int[] outAt) {
            run(all, in, inAt, index, linear);
            for (int k = 0; k < results.length; k++) {
                if (isFloat[k]) {
                    out[k].set(outAt[k], floats[results[k]]);
                } else {
                    out[k].set(outAt[k], integers[results[k]]);
                }
            }
        }

        /// As [ScalarProgram#asDouble].
        public double asDouble(int expr, Elements[] in, int[] inAt, long[] index, long linear) {
            run(single[expr], in, inAt, index, linear);
            int at = results[expr];
            return isFloat[expr] ? floats[at] : Conversion.toDouble(types.get(expr), integers[at]);
        }

        /// As [ScalarProgram#asLong].
        public long asLong(int expr, Elements[] in, int[] inAt, long[] index, long linear) {
            run(single[expr], in, inAt, index, linear);
            int at = results[expr];
            return isFloat[expr] ? (long) floats[at] : integers[at];
        }

        private void run(Instruction[] code, Elements[] in, int[] inAt, long[] index, long linear) {
            for (Instruction instruction : code) {
                instruction.run(floats, integers, in, inAt, index, linear);
            }
        }
    }

    private interface Instruction {
        void run(double[] f, long[] n, Elements[] in, int[] inAt, long[] index, long linear);
    }

    private static Instruction[] needed(List<StraightLine.Step> steps, int result, Instruction[] all) {
        boolean[] need = new boolean[steps.size()];
        need[result] = true;
        List<Instruction> code = new ArrayList<>();
        for (int i = result; i >= 0; i--) {
            if (need[i]) {
                code.addFirst(all[i]);
                steps.get(i).operands().forEach(o -> need[o] = true);
            }
        }
        return code.toArray(Instruction[]::new);
    }

    private static Instruction instruction(StraightLine.Step step, int to, Rounding rounding) {
        int a = operand(step, 0);
        int b = operand(step, 1);
        int c = operand(step, 2);
        return switch (step.expr()) {
            case Expr.Arg(int index, DType type) ->
                type.isFloat()
                        ? (f, n, in, at, i, l) -> f[to] = in[index].getDouble(at[index])
                        : (f, n, in, at, i, l) -> n[to] = in[index].getLong(at[index]);
            case Expr.Const constant -> {
                double value = constant.asDouble();
                long bits = constant.bits();
                yield constant.dtype().isFloat()
                        ? (f, n, in, at, i, l) -> f[to] = value
                        : (f, n, in, at, i, l) -> n[to] = bits;
            }
            case Expr.Index(int axis) ->
                axis == Expr.Index.LINEAR ? (f, n, in, at, i, l) -> n[to] = l : (f, n, in, at, i, l) -> n[to] = i[axis];
            case Expr.Unary(UnaryFn fn, Expr x) -> unary(fn, x.dtype(), rounding, a, to);
            case Expr.Binary(BinaryFn fn, Expr x, Expr ignored) -> binary(fn, x.dtype(), rounding, a, b, to);
            case Expr.Select select ->
                select.dtype().isFloat()
                        ? (f, n, in, at, i, l) -> f[to] = n[a] != 0 ? f[b] : f[c]
                        : (f, n, in, at, i, l) -> n[to] = n[a] != 0 ? n[b] : n[c];
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
            return (f, n, in, at, i, l) -> n[to] = Double.isNaN(f[a]) ? 1 : 0;
        }
        if (fn == UnaryFn.IS_INF) {
            return (f, n, in, at, i, l) -> n[to] = Double.isInfinite(f[a]) ? 1 : 0;
        }
        if (!type.isFloat()) {
            LongUnaryOperator g = IntegerFunctions.unary(fn, type);
            return (f, n, in, at, i, l) -> n[to] = g.applyAsLong(n[a]);
        }
        DoubleUnaryOperator g = inDouble(type, rounding) ? FloatFunctions.inDouble(fn) : FloatFunctions.inSingle(fn);
        return (f, n, in, at, i, l) -> f[to] = g.applyAsDouble(f[a]);
    }

    private static Instruction binary(BinaryFn fn, DType type, Rounding rounding, int a, int b, int to) {
        if (!type.isFloat()) {
            LongBinaryOperator g = IntegerFunctions.binary(fn, type);
            return (f, n, in, at, i, l) -> n[to] = g.applyAsLong(n[a], n[b]);
        }
        if (fn.isComparison()) {
            FloatFunctions.Test g = FloatFunctions.comparison(fn);
            return (f, n, in, at, i, l) -> n[to] = g.test(f[a], f[b]) ? 1 : 0;
        }
        DoubleBinaryOperator g = inDouble(type, rounding) ? FloatFunctions.inDouble(fn) : FloatFunctions.inSingle(fn);
        return (f, n, in, at, i, l) -> f[to] = g.applyAsDouble(f[a], f[b]);
    }

    private static Instruction cast(DType type, DType from, int a, int to) {
        if (type.isFloat()) {
            return from.isFloat()
                    ? (f, n, in, at, i, l) -> f[to] = Conversion.round(type, f[a])
                    : (f, n, in, at, i, l) -> f[to] = Conversion.round(type, from, n[a]);
        }
        return from.isFloat()
                ? (f, n, in, at, i, l) -> n[to] = Conversion.truncate(type, f[a])
                : (f, n, in, at, i, l) -> n[to] = Conversion.wrap(type, n[a]);
    }

    private static Instruction bitCast(DType type, DType from, int a, int to) {
        if (type.isFloat()) {
            return from.isFloat()
                    ? (f, n, in, at, i, l) -> f[to] = Conversion.ofBits(type, Conversion.toBits(from, f[a]))
                    : (f, n, in, at, i, l) -> f[to] = Conversion.ofBits(type, n[a]);
        }
        return from.isFloat()
                ? (f, n, in, at, i, l) -> n[to] = Conversion.wrap(type, Conversion.toBits(from, f[a]))
                : (f, n, in, at, i, l) -> n[to] = Conversion.wrap(type, n[a]);
    }
}
