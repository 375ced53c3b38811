package dev.quern.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.expr.Expr;
import dev.quern.kernel.Buffer;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What matters in the texts of a few kernels; [GoldenKindsTest] has every kind whole.
class GoldenTextTest {
    private static final List<Buffer> BUFFERS = List.of(
            new Buffer(DType.F32, 4096, new Buffer.Input(0)),
            new Buffer(DType.F32, 4096, new Buffer.Input(1)),
            new Buffer(DType.F32, 4096, new Buffer.Output(0)));

    private static final Expr X = Expr.arg(0, DType.F32);

    private static Launch only(Kernel kernel, Target target) {
        List<Launch> launches = KernelCode.of(kernel, BUFFERS, target);
        assertThat(launches).hasSize(1);
        return launches.getFirst();
    }

    private static Kernel.Map silu(int rows, int columns) {
        View x = View.dense(0, DType.F32, rows, columns);
        View bias = View.dense(1, DType.F32, columns).expand(rows, columns);
        Expr sum = X.plus(Expr.arg(1, DType.F32));
        return new Kernel.Map(
                List.of(x, bias), List.of(sum.times(sum.sigmoid())), List.of(View.dense(2, DType.F32, rows, columns)));
    }

    @Test
    void aMapOnACpuRunsAlongRows() {
        Launch launch = only(silu(3, 100), Target.CPU);
        assertThat(launch.text()).isEqualTo("""
                        KERNEL GROUP(1) %s(GLOBAL i32* status, int step, int from, int items, GLOBAL float* p0, \
                        GLOBAL float* p1, GLOBAL float* p2, int n0, int n1, int n2, int n3) {
                            int item = from + ITEM;
                            if (item >= items) return;
                            int i0 = item / 1;
                            int i1 = item %% 1;
                            int i2 = i0;
                            int e3 = i1 * 1024 + 1024;
                            if (e3 > n1) e3 = n1;
                            for (int j = i1 * 1024; j < e3; j++) {
                                float t4 = p0[i2 * n2 + j];
                                float t5 = p1[j];
                                float t6 = t4 + t5;
                                float t7 = q_sigmoid(t6);
                                float t8 = t6 * t7;
                                p2[i2 * n3 + j] = t8;
                            }
                        }

                        """.formatted(launch.function()));
        assertThat(launch.numbers()).containsExactly(3, 100, 100, 100);
        assertThat(launch.items()).isEqualTo(3);
    }

    @Test
    void aTextServesManyShapes() {
        assertThat(only(silu(7, 200), Target.CPU).text())
                .isEqualTo(only(silu(3, 100), Target.CPU).text());
        assertThat(only(silu(3, 100), Target.GPU).text())
                .isNotEqualTo(only(silu(3, 100), Target.CPU).text());
    }

    @Test
    void aReductionKeepsItsLanes() {
        View x = View.dense(0, DType.F32, 4, 100);
        Kernel sum = new Kernel.Reduce(
                List.of(x), 1, X, Reducer.SUM, List.of(), List.of(X), List.of(View.dense(2, DType.F32, 4)));
        assertThat(only(sum, Target.CPU).text())
                .contains("float lanes")
                .contains("+ 16 <= ")
                .contains("for (int h = 8; h > 0; h >>= 1)");
        Launch shared = only(sum, Target.GPU);
        assertThat(shared.text()).contains("for (int r = lane; r < ").contains("BARRIER;");
        assertThat(shared.items()).isEqualTo(64);
    }

    @Test
    void aProductOnACpuIsPackedIntoPanels() {
        Kernel.Contract product = new Kernel.Contract(
                View.dense(0, DType.F32, 32, 40),
                View.dense(1, DType.F32, 40, 64),
                null,
                null,
                DType.F32,
                List.of(),
                X,
                View.dense(2, DType.F32, 32, 64));
        assertThat(KernelCode.of(product, BUFFERS, Target.CPU)).hasSize(2);
        Launch grouped = only(product, Target.GPU);
        assertThat(grouped.text())
                .doesNotContain("float8")
                .contains("LOCAL float as[1040];")
                .contains("BARRIER;")
                .contains("acc[i][j] = fma(x[i], y[j], acc[i][j]);");
        assertThat(grouped.items()).isEqualTo(256);
    }

    @Test
    void typesWithoutCodeAreRefusedWithAReason() {
        assertThat(KernelCode.refuses(DType.F8E4M3FN, true))
                .hasValueSatisfying(r -> assertThat(r).contains("f8e4m3fn"));
        assertThat(KernelCode.refuses(DType.F64, false))
                .hasValueSatisfying(r -> assertThat(r).contains("f64"));
        assertThat(KernelCode.refuses(DType.F64, true)).isEmpty();
    }
}
