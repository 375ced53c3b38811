package dev.quern.testkit;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/// Reductions, one list of numbers at a time.
final class OracleReduction {
    private OracleReduction() {}

    static void run(Kernel.Reduce k, Memory memory) {
        int[] dims = k.operands().getFirst().dims();
        int[] kept = Arrays.copyOf(dims, dims.length - k.reducedRank());
        int[] reduced = Arrays.copyOfRange(dims, kept.length, dims.length);
        DType type = k.prologue().dtype().computeType();
        ScalarProgram prologue = ScalarProgram.of(k.prologue(), Rounding.STRICT);
        ScalarProgram epilogue = ScalarProgram.of(k.epilogue(), Rounding.STRICT);
        Elements[] in = memory.of(k.operands());
        Memory.each(kept, outer -> {
            List<Number> row = new ArrayList<>();
            Memory.each(reduced, inner -> {
                int[] position = Memory.join(outer, inner);
                long[] index = Arrays.stream(position).asLongStream().toArray();
                int[] at = Memory.at(k.operands(), position);
                long linear = Memory.linear(dims, position);
                row.add(
                        type.isFloat()
                                ? Num.convert(prologue.asDouble(0, in, at, index, linear), type)
                                : (Number) prologue.asLong(0, in, at, index, linear));
            });
            List<Number> states = states(k.reducer(), row, type);
            Oracle.store(epilogue, states, k.epilogueOperands(), k.outputs(), kept, outer, memory);
        });
    }

    private static List<Number> states(Reducer reducer, List<Number> row, DType type) {
        return switch (reducer) {
            case SUM -> List.of(fold(BinaryFn.ADD, row, type));
            case PRODUCT -> List.of(fold(BinaryFn.MUL, row, type));
            case MIN -> List.of(fold(BinaryFn.MIN, row, type));
            case MAX -> List.of(fold(BinaryFn.MAX, row, type));
            case AND -> List.of(fold(BinaryFn.AND, row, type));
            case OR -> List.of(fold(BinaryFn.OR, row, type));
            case ARG_MIN_FIRST, ARG_MIN_LAST, ARG_MAX_FIRST, ARG_MAX_LAST -> pick(reducer, row, type);
            case MEAN_VARIANCE -> {
                Number n = Num.convert(row.size(), type);
                Number mean = Num.apply(BinaryFn.DIV, fold(BinaryFn.ADD, row, type), n, type);
                List<Number> squares = each(row, x -> {
                    Number d = Num.apply(BinaryFn.SUB, x, mean, type);
                    return Num.apply(BinaryFn.MUL, d, d, type);
                });
                yield List.of(mean, Num.apply(BinaryFn.DIV, fold(BinaryFn.ADD, squares, type), n, type));
            }
            case MAX_SUM_EXP -> {
                Number max = fold(BinaryFn.MAX, row, type);
                ScalarProgram exp = ScalarProgram.of(Expr.arg(0, type).exp(), Rounding.STRICT);
                List<Number> powers = each(row, x -> {
                    Elements e = Elements.zeros(type, 1);
                    Num.store(Num.apply(BinaryFn.SUB, x, max, type), e, 0);
                    return Num.convert(exp.asDouble(0, new Elements[] {e}, new int[1], new long[0], 0), type);
                });
                yield List.of(max, fold(BinaryFn.ADD, powers, type));
            }
        };
    }

    private static List<Number> each(List<Number> row, UnaryOperator<Number> fn) {
        return row.stream().map(fn).toList();
    }

    private static Number fold(BinaryFn fn, List<Number> row, DType type) {
        Number[] lane = new Number[16];
        Arrays.fill(lane, Num.identity(fn, type));
        for (int r = 0; r < row.size(); r++) {
            lane[r % 16] = Num.apply(fn, lane[r % 16], row.get(r), type);
        }
        for (int half : new int[] {8, 4, 2, 1}) {
            for (int i = 0; i < half; i++) {
                lane[i] = Num.apply(fn, lane[i], lane[i + half], type);
            }
        }
        return lane[0];
    }

    private static List<Number> pick(Reducer reducer, List<Number> row, DType type) {
        boolean smallest = reducer == Reducer.ARG_MIN_FIRST || reducer == Reducer.ARG_MIN_LAST;
        boolean last = reducer == Reducer.ARG_MIN_LAST || reducer == Reducer.ARG_MAX_LAST;
        for (int r = 0; r < row.size(); r++) {
            if (Num.isNaN(row.get(r))) {
                return List.of((long) r, row.get(r));
            }
        }
        long best = -1;
        Number value = Num.identity(smallest ? BinaryFn.MIN : BinaryFn.MAX, type);
        for (int r = 0; r < row.size(); r++) {
            int order = Num.order(row.get(r), value, type) * (smallest ? -1 : 1);
            if (best < 0 || order > 0 || (order == 0 && last)) {
                best = r;
                value = row.get(r);
            }
        }
        return List.of(best, value);
    }
}
