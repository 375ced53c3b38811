package dev.quern.expr;

import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/// Expressions compiled for evaluation: the meaning of [Expr], in plain Java.
///
/// Every distinct subexpression is computed once an element. Safe for concurrent use; an evaluation allocates nothing
/// while one thread at a time is at it.
///
/// The operands of an evaluation are `in`, read at the positions `inAt`; `index` is the position in the iteration
/// space and `linear` its row-major number. An integer division by zero throws [ArithmeticException].
public final class ScalarProgram {
    private final List<DType> types;
    private final boolean[] isFloat;
    private final boolean[] isFloatStep;
    private final int[] results;
    private final Instruction[] all;
    private final Instruction[][] single;
    private final AtomicReference<Evaluator> spare = new AtomicReference<>();

    private ScalarProgram(List<DType> types, StraightLine line, Instruction[] all) {
        this.types = types;
        this.isFloat = isFloat(types);
        this.isFloatStep =
                isFloat(line.steps().stream().map(s -> s.expr().dtype()).toList());
        this.results = line.results().stream().mapToInt(i -> i).toArray();
        this.all = all;
        this.single = new Instruction[results.length][];
        for (int k = 0; k < results.length; k++) {
            single[k] = needed(line.steps(), results[k], all);
        }
    }

    private static boolean[] isFloat(List<DType> types) {
        boolean[] isFloat = new boolean[types.size()];
        for (int i = 0; i < isFloat.length; i++) {
            isFloat[i] = types.get(i).isFloat();
        }
        return isFloat;
    }

    /// Compiles `exprs`; results are numbered in this order.
    public static ScalarProgram of(List<Expr> exprs, Rounding rounding) {
        StraightLine line = StraightLine.of(exprs);
        Instruction[] all = new Instruction[line.steps().size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = Instruction.of(line.steps().get(i), i, rounding);
        }
        return new ScalarProgram(exprs.stream().map(Expr::dtype).toList(), line, all);
    }

    public static ScalarProgram of(Expr expr, Rounding rounding) {
        return of(List.of(expr), rounding);
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

    /// Evaluates the expressions for one thread, at one point or along a row of points; allocates nothing.
    ///
    /// Along a row, point i reads operand k at `inAt[k] + i · inStep[k]`; `index` and `linear` are those of the
    /// first point, and the row runs along the last axis.
    public final class Evaluator {
        private final Registers registers = new Registers(isFloatStep);

        private Evaluator() {}

        /// As [ScalarProgram#store].
        public void store(Elements[] in, int[] inAt, long[] index, long linear, Elements[] out, int[] outAt) {
            registers.at(in, inAt, index, linear);
            run(all);
            for (int k = 0; k < results.length; k++) {
                if (isFloat[k]) {
                    out[k].set(outAt[k], registers.floats[results[k]][0]);
                } else {
                    out[k].set(outAt[k], registers.integers[results[k]][0]);
                }
            }
        }

        /// Evaluates all expressions at `count` points of a row from point `from` on, and stores those of
        /// point i at `outAt[k] + i · outStep[k]`. Results may lie where operands do, if point for point.
        public void storeRow(
                Elements[] in,
                int[] inAt,
                int[] inStep,
                long[] index,
                long linear,
                Elements[] out,
                int[] outAt,
                int[] outStep,
                int from,
                int count) {
            registers.along(in, inAt, inStep, index, linear);
            for (int first = from; first < from + count; first += Registers.WIDTH) {
                registers.part(first, Math.min(Registers.WIDTH, from + count - first));
                run(all);
                for (int k = 0; k < results.length; k++) {
                    store(k, out[k], outAt[k] + first * outStep[k], outStep[k]);
                }
            }
        }

        private void store(int expr, Elements to, int at, int step) {
            int n = registers.count();
            if (!isFloat[expr]) {
                long[] values = registers.integers[results[expr]];
                for (int i = 0; i < n; i++) {
                    to.set(at + i * step, values[i]);
                }
                return;
            }
            double[] values = registers.floats[results[expr]];
            switch (to.array()) {
                case float[] target -> {
                    for (int i = 0; i < n; i++) {
                        target[at + i * step] = (float) values[i];
                    }
                }
                case double[] target -> {
                    for (int i = 0; i < n; i++) {
                        target[at + i * step] = values[i];
                    }
                }
                default -> {
                    for (int i = 0; i < n; i++) {
                        to.set(at + i * step, values[i]);
                    }
                }
            }
        }

        /// As [ScalarProgram#asDouble].
        public double asDouble(int expr, Elements[] in, int[] inAt, long[] index, long linear) {
            registers.at(in, inAt, index, linear);
            run(single[expr]);
            int at = results[expr];
            return isFloat[expr]
                    ? registers.floats[at][0]
                    : Conversion.toDouble(types.get(expr), registers.integers[at][0]);
        }

        /// As [ScalarProgram#asLong].
        public long asLong(int expr, Elements[] in, int[] inAt, long[] index, long linear) {
            registers.at(in, inAt, index, linear);
            run(single[expr]);
            int at = results[expr];
            return isFloat[expr] ? (long) registers.floats[at][0] : registers.integers[at][0];
        }

        private void run(Instruction[] code) {
            for (Instruction instruction : code) {
                instruction.run(registers);
            }
        }
    }
}
