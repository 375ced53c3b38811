package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.RunControl;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Expressions, types, lengths and strides drawn by seed: generated kernels give the bits of the interpreter.
class RandomExpressionsTest {
    private static final int[] LENGTHS = {0, 1, 2, 3, 7, 8, 9, 13, 15, 16, 17, 31, 33, 64, 127, 129};
    private static final List<UnaryFn> REAL = List.of(
            UnaryFn.NEG,
            UnaryFn.ABS,
            UnaryFn.SIGN,
            UnaryFn.SQRT,
            UnaryFn.FLOOR,
            UnaryFn.CEIL,
            UnaryFn.ROUND,
            UnaryFn.TRUNC);
    private static final List<UnaryFn> SINGLE = List.of(
            UnaryFn.EXP,
            UnaryFn.LOG,
            UnaryFn.TANH,
            UnaryFn.ERF,
            UnaryFn.SIGMOID,
            UnaryFn.SOFTPLUS,
            UnaryFn.SIN,
            UnaryFn.LOG1P,
            UnaryFn.EXPM1);
    private static final List<DType> TYPES =
            List.of(DType.F32, DType.F32, DType.F32, DType.F64, DType.I32, DType.I64, DType.BF16, DType.U8, DType.I8);
    private static final EveryTier TIERS = EveryTier.open();

    @AfterAll
    static void close() {
        TIERS.close();
    }

    static IntStream seeds() {
        return IntStream.range(0, 150);
    }

    private static Expr draw(Random random, DType type, int depth) {
        if (depth == 0 || random.nextInt(8) == 0) {
            return random.nextInt(4) == 0
                    ? Expr.constant(type, (double) (random.nextInt(5) + 1))
                    : Expr.arg(random.nextInt(3), type);
        }
        Expr a = draw(random, type, depth - 1);
        return switch (random.nextInt(8)) {
            case 0, 1 -> a.apply(one(random, type));
            case 2 -> Expr.select(a.lt(draw(random, type, depth - 1)), a, draw(random, type, depth - 1));
            case 3 -> {
                Expr yes = a.gt(1).or(a.eq(draw(random, type, depth - 1)).not());
                yield yes.castTo(type).plus(a);
            }
            case 4 -> a.apply(random.nextBoolean() ? BinaryFn.MIN : BinaryFn.MAX, draw(random, type, depth - 1));
            case 5 -> type.isFloat() ? a.dividedBy(draw(random, type, depth - 1)) : a.minus(3);
            case 6 -> a.times(draw(random, type, depth - 1));
            default -> a.plus(draw(random, type, depth - 1));
        };
    }

    private static UnaryFn one(Random random, DType type) {
        if (!type.isFloat()) {
            return List.of(UnaryFn.NEG, UnaryFn.ABS, UnaryFn.SIGN, UnaryFn.NOT).get(random.nextInt(4));
        }
        List<UnaryFn> from = type == DType.F64 || random.nextBoolean() ? REAL : SINGLE;
        return from.get(random.nextInt(from.size()));
    }

    /// Three operands of dims [m, n], each dense, a column, a row, one element, or every second element.
    private static List<View> operands(Random random, KernelRun run, DType type, int m, int n) {
        List<View> views = new ArrayList<>();
        for (int k = 0; k < 3; k++) {
            int[] stored = switch (random.nextInt(7)) {
                case 0 -> new int[] {m, 1};
                case 1 -> new int[] {1, n};
                case 2 -> new int[] {1, 1};
                case 3 -> new int[] {m, 2 * n};
                default -> new int[] {m, n};
            };
            View view = run.input(KernelRun.random(random, type, stored[0], stored[1]));
            views.add(stored[1] == 2 * n && n > 0 ? view.slice(1, 0, n, 2) : view.expand(m, n));
        }
        return views;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void map(int seed) {
        Random random = new Random(seed);
        DType type = TYPES.get(random.nextInt(TYPES.size()));
        KernelRun run = new KernelRun();
        int m = 1 + random.nextInt(4);
        int n = LENGTHS[random.nextInt(LENGTHS.length)];
        List<View> operands = operands(random, run, type, m, n);
        List<Expr> exprs = List.of(draw(random, type, 3), draw(random, type, 2));
        List<View> outputs = List.of(run.output(type, m, n), run.output(type, m, n));
        compare(run, new Kernel.Map(operands, exprs, outputs));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void reduce(int seed) {
        Random random = new Random(seed);
        DType type = random.nextInt(4) == 0 ? DType.F64 : DType.F32;
        Reducer[] reducers = {
            Reducer.SUM, Reducer.PRODUCT, Reducer.MIN, Reducer.MAX, Reducer.MEAN_VARIANCE, Reducer.MAX_SUM_EXP
        };
        Reducer reducer = reducers[random.nextInt(reducers.length)];
        KernelRun run = new KernelRun();
        int m = 1 + random.nextInt(40);
        int n = LENGTHS[1 + random.nextInt(LENGTHS.length - 1)];
        boolean columns = random.nextBoolean();
        List<View> operands = operands(random, run, type, m, n).stream()
                .map(v -> columns ? v.permute(1, 0) : v)
                .toList();
        int kept = columns ? n : m;
        int rank = random.nextInt(6) == 0 ? 2 : 1;
        List<Expr> states = new ArrayList<>();
        List<View> outputs = new ArrayList<>();
        for (int k = 0; k < reducer.states(); k++) {
            states.add(Expr.arg(k, type).plus(0.5));
            outputs.add(rank == 2 ? run.output(type) : run.output(type, kept));
        }
        compare(run, new Kernel.Reduce(operands, rank, draw(random, type, 2), reducer, List.of(), states, outputs));
    }

    private static void compare(KernelRun run, Kernel kernel) {
        List<Tensor> want = run.run(TIERS.plain(), 2, kernel, RunControl.NONE);
        for (CpuBackend generated : TIERS.others()) {
            List<Tensor> got = run.run(generated, 2, kernel, RunControl.NONE);
            for (int k = 0; k < kernel.outputs().size(); k++) {
                for (int i = 0; i < want.get(k).length(); i++) {
                    long a = Double.doubleToLongBits(want.get(k).getDouble(i));
                    long b = Double.doubleToLongBits(got.get(k).getDouble(i));
                    assertThat(b)
                            .as("element %d of result %d of %s on %s", i, k, kernel, generated.description())
                            .isEqualTo(a);
                }
            }
        }
    }
}
