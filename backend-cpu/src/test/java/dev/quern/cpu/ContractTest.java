package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Contract kernels against the triple loop `sum = fma(a, b, sum)`, bit for bit.
class ContractTest {
    private static final List<CpuBackend> TIERS = Stream.of(Tier.values())
            .filter(tier -> tier.obstacle().isEmpty())
            .map(tier -> new CpuBackend(tier, 2))
            .toList();
    private static final int[][] SIZES = {
        {1, 1, 1},
        {1, 7, 100},
        {2, 5, 64},
        {3, 16, 33},
        {4, 3, 15},
        {5, 1, 16},
        {6, 16, 16},
        {7, 17, 17},
        {13, 64, 31},
        {48, 100, 96},
        {0, 3, 4},
        {3, 0, 4},
        {3, 4, 0},
        {200, 30, 40},
        {12, 2100, 70}
    };

    static Stream<Arguments> cases() {
        return TIERS.stream()
                .flatMap(backend -> Stream.of(SIZES).map(size -> Arguments.of(backend, size[0], size[1], size[2])));
    }

    @AfterAll
    static void close() {
        TIERS.forEach(CpuBackend::close);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void denseAndTransposed(CpuBackend backend, int m, int k, int n) {
        Random random = new Random(m + k + n);
        Tensor a = KernelRun.random(random, DType.F32, m, k);
        Tensor b = KernelRun.random(random, DType.F32, k, n);
        float[] want = product(a.toFloats(), b.toFloats(), m, k, n);
        for (int form = 0; form < 8; form++) {
            KernelRun run = new KernelRun();
            View av = (form & 1) == 0 ? run.input(a) : run.input(transposed(a)).permute(1, 0);
            Tensor stored = (form & 2) == 0 ? b : transposed(b);
            View bv = (form & 4) == 0 ? run.input(stored) : run.constant(stored);
            View out = run.output(DType.F32, m, n);
            Tensor got = run.run(backend, 1 + form % 2, contract(av, (form & 2) == 0 ? bv : bv.permute(1, 0), out));
            assertThat((float[]) got.array()).as("form %d", form).isEqualTo(want);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void epilogues(CpuBackend backend, int m, int k, int n) {
        Random random = new Random(m * 3 + k + n);
        Tensor a = KernelRun.random(random, DType.F32, m, k);
        Tensor b = KernelRun.random(random, DType.F32, k, n);
        Tensor bias = KernelRun.random(random, DType.F32, 1, n);
        Tensor residual = KernelRun.random(random, DType.F32, n, m);
        KernelRun run = new KernelRun();
        Expr sum = Expr.arg(0, DType.F32);
        Expr x = sum.plus(Expr.arg(1, DType.F32));
        Expr epilogue = x.max(0).plus(Expr.arg(2, DType.F32));
        View av = run.input(a);
        View bv = run.constant(b);
        View biasView = run.constant(bias).expand(m, n);
        View residualView = run.input(residual).permute(1, 0);
        View out = run.output(DType.F32, n, m).permute(1, 0);
        Kernel.Contract kernel =
                new Kernel.Contract(av, bv, null, null, DType.F32, List.of(biasView, residualView), epilogue, out);
        Tensor got = run.run(backend, 2, kernel);
        float[] want = product(a.toFloats(), b.toFloats(), m, k, n);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                float expected = Math.max(want[i * n + j] + bias.getFloat(j), 0) + residual.getFloat(j * m + i);
                assertThat(got.getFloat(j * m + i)).isEqualTo(expected);
            }
        }
    }

    @Test
    void batchesWithRepeatedOperands() {
        Random random = new Random(9);
        Tensor a = KernelRun.random(random, DType.F32, 3, 2, 11, 9);
        Tensor b = KernelRun.random(random, DType.F32, 2, 9, 20);
        for (CpuBackend backend : TIERS) {
            for (boolean constant : new boolean[] {true, false}) {
                KernelRun run = new KernelRun();
                View av = run.input(a);
                View bv = (constant ? run.constant(b) : run.input(b)).expand(3, 2, 9, 20);
                View out = run.output(DType.F32, 3, 2, 11, 20);
                float[] got =
                        (float[]) run.run(backend, 2, contract(av, bv, out)).array();
                for (int batch = 0; batch < 6; batch++) {
                    float[] want = product(
                            slice(a.toFloats(), batch * 99, 99), slice(b.toFloats(), batch % 2 * 180, 180), 11, 9, 20);
                    assertThat(slice(got, batch * 220, 220)).isEqualTo(want);
                }
            }
        }
    }

    /// Rows that fill no panel are stored where they belong, each over what the one before has written too much.
    @Test
    void rowsShorterThanAPanel() {
        Random random = new Random(12);
        for (int n = 1; n < 20; n++) {
            for (int m : new int[] {1, 7, 23, 410}) {
                for (boolean ended : new boolean[] {false, true}) {
                    shortRows(random, m, 5, n, ended);
                }
            }
        }
    }

    private static void shortRows(Random random, int m, int k, int n, boolean ended) {
        Tensor a = KernelRun.random(random, DType.F32, 2, m, k);
        Tensor b = KernelRun.random(random, DType.F32, k, n);
        Tensor bias = KernelRun.random(random, DType.F32, 2, 1, n);
        for (CpuBackend backend : TIERS) {
            for (int apart : new int[] {n, n + 1}) {
                KernelRun run = new KernelRun();
                View av = run.input(a);
                View bv = run.constant(b).expand(2, k, n);
                View out = run.output(DType.F32, 2, m, apart).slice(2, 0, n, 1);
                Expr sum = Expr.arg(0, DType.F32);
                List<View> operands = ended ? List.of(run.input(bias).expand(2, m, n)) : List.of();
                Expr epilogue = ended ? sum.plus(Expr.arg(1, DType.F32)).max(0) : sum;
                Kernel.Contract kernel = new Kernel.Contract(av, bv, null, null, DType.F32, operands, epilogue, out);
                Tensor got = run.run(backend, 2, kernel);
                for (int batch = 0; batch < 2; batch++) {
                    float[] want = product(slice(a.toFloats(), batch * m * k, m * k), b.toFloats(), m, k, n);
                    for (int i = 0; i < m * apart; i++) {
                        int j = i % apart;
                        float x = j == n ? 0 : want[i / apart * n + j];
                        float expected = ended && j < n ? Math.max(0, x + bias.getFloat(batch * n + j)) : x;
                        assertThat(got.getFloat(batch * m * apart + i))
                                .as("%d × %d, element %d of rows of %d", m, n, i, apart)
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    @Test
    void otherTypes() {
        Random random = new Random(4);
        for (DType type : new DType[] {DType.F64, DType.I32, DType.I64, DType.U8, DType.F16}) {
            DType sum = type == DType.U8 ? DType.I32 : type.computeType();
            Tensor a = KernelRun.random(random, type, 5, 7);
            Tensor b = KernelRun.random(random, type, 7, 6);
            Tensor zero = Tensor.scalar(type, 3L);
            KernelRun run = new KernelRun();
            View av = run.input(a);
            View bv = run.input(b);
            View az = type == DType.U8 ? run.input(zero).expand(5, 7) : null;
            View out = run.output(sum, 5, 6);
            Kernel.Contract kernel = new Kernel.Contract(av, bv, az, null, sum, List.of(), Expr.arg(0, sum), out);
            Tensor got = run.run(TIERS.getFirst(), 1, kernel);
            for (int i = 0; i < 5; i++) {
                for (int j = 0; j < 6; j++) {
                    double want = 0;
                    for (int p = 0; p < 7; p++) {
                        double x = a.getDouble(i * 7 + p) - (az == null ? 0 : 3);
                        double y = b.getDouble(p * 6 + j);
                        want = sum == DType.F32 ? Math.fma((float) x, (float) y, (float) want) : Math.fma(x, y, want);
                    }
                    assertThat(got.getDouble(i * 6 + j)).as("%s", type).isEqualTo(want);
                }
            }
        }
    }

    private static Kernel.Contract contract(View a, View b, View out) {
        return new Kernel.Contract(a, b, null, null, DType.F32, List.of(), Expr.arg(0, DType.F32), out);
    }

    private static float[] slice(float[] x, int from, int n) {
        return java.util.Arrays.copyOfRange(x, from, from + n);
    }

    static Tensor transposed(Tensor t) {
        int m = t.shape().intExtents()[0];
        int n = t.shape().intExtents()[1];
        float[] to = new float[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                to[j * m + i] = t.getFloat(i * n + j);
            }
        }
        return Tensor.wrap(DType.F32, to, n, m);
    }

    static float[] product(float[] a, float[] b, int m, int k, int n) {
        float[] c = new float[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[i * k + p], b[p * n + j], sum);
                }
                c[i * n + j] = sum;
            }
        }
        return c;
    }
}
