package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.backend.RunControl;
import dev.quern.backend.RunException;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.expr.UnaryFn;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Map kernels against the evaluation of one element at a time, bit for bit.
class MapTest {
    private static final List<CpuBackend> BACKENDS = Arrays.stream(Tier.values())
            .filter(tier -> tier.obstacle().isEmpty())
            .map(tier -> new CpuBackend(tier, 2, true))
            .toList();

    static Stream<CpuBackend> backends() {
        return BACKENDS.stream();
    }

    @AfterAll
    static void close() {
        BACKENDS.forEach(CpuBackend::close);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"STRING", "C64", "C128"})
    void everyFunctionOfEveryType(DType type) {
        Random random = new Random(type.bits());
        Expr x = Expr.arg(0, type);
        Expr y = Expr.arg(1, type);
        List<Expr> exprs = new ArrayList<>();
        for (UnaryFn fn : UnaryFn.values()) {
            if (fn.accepts(type)) {
                exprs.add(x.apply(fn));
            }
        }
        for (BinaryFn fn : BinaryFn.values()) {
            if (fn.accepts(type)) {
                exprs.add(x.apply(fn, y));
            }
        }
        for (DType to : DType.values()) {
            if (!to.isHostOnly()) {
                exprs.add(new Expr.Cast(to, x));
                if (to.bits() == type.bits() && to != DType.BOOL && type != DType.BOOL) {
                    exprs.add(new Expr.BitCast(to, x));
                }
            }
        }
        if (type == DType.BOOL) {
            exprs.add(Expr.select(x, y, x));
        } else {
            exprs.add(Expr.select(x.lt(y), x.times(y), y.stopGradient()));
        }
        Tensor a = type.isFloat() ? spiced(random, type, 3, 7, 50) : nonZero(random, type, 3, 7, 50);
        Tensor b = nonZero(random, type, 7, 1);
        for (Expr expr : exprs) {
            compare(List.of(expr), List.of(a, b), new int[] {3, 7, 50});
        }
    }

    /// Rows of less than a vector, beside one element for each row and one row for all.
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8, 13, 15, 16})
    void shortRows(int length) {
        Random random = new Random(length);
        Expr x = Expr.arg(0, DType.F32);
        Expr y = Expr.arg(1, DType.F32);
        Expr z = Expr.arg(2, DType.F32);
        for (int rows : new int[] {2, 40, 700}) {
            compare(
                    List.of(x.minus(y).exp(), x.minus(y).times(z)),
                    List.of(
                            spiced(random, DType.F32, rows, length),
                            spiced(random, DType.F32, rows, 1),
                            spiced(random, DType.F32, 1, length)),
                    new int[] {rows, length});
        }
    }

    private static Tensor spiced(Random random, DType type, long... extents) {
        Tensor tensor = KernelRun.random(random, type, extents);
        double[] special = {
            0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e-40, 88.9, 1e9, -1e20
        };
        for (double value : special) {
            tensor.elements().set(random.nextInt(tensor.length()), value);
        }
        return tensor;
    }

    private static Tensor nonZero(Random random, DType type, long... extents) {
        Tensor tensor = KernelRun.random(random, type, extents);
        for (int i = 0; i < tensor.length(); i++) {
            if (tensor.getDouble(i) == 0) {
                tensor.elements().set(i, 3L);
            }
        }
        return tensor;
    }

    @ParameterizedTest
    @MethodSource("backends")
    void positionsOperandsAndSeveralResults(CpuBackend backend) {
        assertThat(backend.name()).isEqualTo("cpu");
        Random random = new Random(5);
        Expr x = Expr.arg(0, DType.F32);
        Expr y = Expr.arg(1, DType.F32);
        Expr position = Expr.index(1).castTo(DType.F32);
        Expr linear = Expr.index(Expr.Index.LINEAR);
        List<Expr> exprs = List.of(
                x.plus(y).times(position),
                linear.times(Expr.constant(DType.I64, 3L)),
                x.times(x).sigmoid().plus(1).minus(y));
        for (int[] dims : new int[][] {{4, 3, 5}, {1, 1, 1}, {0, 3, 2}, {2, 600, 3}, {5, 1, 1031}, {3, 17, 16}}) {
            Tensor a = KernelRun.random(random, DType.F32, dims[0], dims[1], dims[2]);
            Tensor b = KernelRun.random(random, DType.F32, 1, dims[1], 1);
            compare(exprs, List.of(a, b), dims);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void transposedReversedAndMoved(CpuBackend backend) {
        Tensor a = KernelRun.random(new Random(1), DType.F32, 40, 60);
        KernelRun run = new KernelRun();
        View in = run.input(a).permute(1, 0).slice(0, 59, 60, -1);
        View out = run.output(DType.F32, 60, 40);
        Tensor moved = run.run(backend, 2, new Kernel.Map(List.of(in), List.of(Expr.arg(0, DType.F32)), List.of(out)));
        KernelRun twice = new KernelRun();
        View in2 = twice.input(a).permute(1, 0).slice(0, 59, 60, -1);
        View out2 = twice.output(DType.F32, 60, 40);
        Tensor doubled = twice.run(
                backend,
                2,
                new Kernel.Map(List.of(in2), List.of(Expr.arg(0, DType.F32).times(2)), List.of(out2)));
        for (int i = 0; i < 60; i++) {
            for (int j = 0; j < 40; j++) {
                assertThat(moved.getFloat(i * 40 + j)).isEqualTo(a.getFloat(j * 60 + 59 - i));
                assertThat(doubled.getFloat(i * 40 + j)).isEqualTo(2 * a.getFloat(j * 60 + 59 - i));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void divisionByZeroNamesTheNode(CpuBackend backend) {
        KernelRun run = new KernelRun();
        View x = run.input(Tensor.of(new long[] {1, 2, 3}, 3));
        View y = run.input(Tensor.of(new long[] {1, 0, 3}, 3));
        View out = run.output(DType.I64, 3);
        Expr quotient = Expr.arg(0, DType.I64).dividedBy(Expr.arg(1, DType.I64));
        Kernel.Map map = new Kernel.Map(List.of(x, y), List.of(quotient), List.of(out));
        assertThatThrownBy(() -> run.run(backend, 1, map, RunControl.NONE))
                .isInstanceOf(RunException.class)
                .hasMessage("\"node\": integer division by zero");
    }

    private static void compare(List<Expr> exprs, List<Tensor> operands, int[] dims) {
        for (CpuBackend backend : BACKENDS) {
            KernelRun run = new KernelRun();
            List<View> inputs =
                    operands.stream().map(t -> run.input(t).expand(dims)).toList();
            List<View> outputs =
                    exprs.stream().map(e -> run.output(e.dtype(), dims)).toList();
            List<Tensor> got = run.run(backend, 2, new Kernel.Map(inputs, exprs, outputs), RunControl.NONE);
            List<Tensor> want = oracle(exprs, operands, inputs, dims);
            for (int k = 0; k < want.size(); k++) {
                assertSame(exprs.get(k), got.get(k), want.get(k));
            }
        }
    }

    /// Equal bits, but that one NaN is as good as another.
    private static void assertSame(Expr expr, Tensor got, Tensor want) {
        for (int i = 0; i < want.length(); i++) {
            if (want.dtype().isFloat()) {
                long g = Double.doubleToLongBits(got.getDouble(i));
                assertThat(g)
                        .as("%s at %d: %s, not %s", expr, i, got.getDouble(i), want.getDouble(i))
                        .isEqualTo(Double.doubleToLongBits(want.getDouble(i)));
            } else {
                assertThat(got.getLong(i)).as("%s at %d", expr, i).isEqualTo(want.getLong(i));
            }
        }
    }

    private static List<Tensor> oracle(List<Expr> exprs, List<Tensor> operands, List<View> views, int[] dims) {
        ScalarProgram program = ScalarProgram.of(exprs, Rounding.STRICT);
        long[] extents = Arrays.stream(dims).asLongStream().toArray();
        int n = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        List<Tensor> results = exprs.stream()
                .map(e -> Tensor.wrap(e.dtype(), e.dtype().newArray(n), extents))
                .toList();
        Elements[] in = operands.stream().map(Tensor::elements).toArray(Elements[]::new);
        Elements[] out = results.stream().map(Tensor::elements).toArray(Elements[]::new);
        long[] index = new long[dims.length];
        int[] inAt = new int[in.length];
        int[] outAt = new int[out.length];
        for (int p = 0; p < n; p++) {
            for (int axis = dims.length - 1, rest = p; axis >= 0; axis--) {
                index[axis] = rest % dims[axis];
                rest /= dims[axis];
            }
            for (int v = 0; v < in.length; v++) {
                inAt[v] = views.get(v).offset();
                for (int axis = 0; axis < dims.length; axis++) {
                    inAt[v] += (int) index[axis] * views.get(v).stride(axis);
                }
            }
            Arrays.fill(outAt, p);
            program.store(in, inAt, index, p, out, outAt);
        }
        return results;
    }
}
