package dev.quern.cpu.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.expr.Expr;
import dev.quern.expr.Rounding;
import dev.quern.expr.ScalarProgram;
import dev.quern.expr.StraightLine;
import dev.quern.expr.UnaryFn;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every function that lanes have, on floats of every size, as vectors and one at a time, against its definition.
class FloatStepsTest {
    private static final int N = 1 << 15;
    private static final float[] SPECIAL = {
        0f,
        -0f,
        1f,
        -1f,
        0.5f,
        -0.5f,
        1.5f,
        2.5f,
        -2.5f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        88.7f,
        89f,
        89.1f,
        -87.4f,
        -103.9f,
        -104.1f,
        8388607.5f,
        8388609f,
        -8388609f,
        65536f,
        65537f,
        1e9f,
        -1e20f,
        0.625f,
        0.921875f,
        4f
    };

    @ParameterizedTest
    @EnumSource(
            value = UnaryFn.class,
            names = {
                "NEG",
                "ABS",
                "SIGN",
                "SQRT",
                "EXP",
                "EXPM1",
                "LOG",
                "LOG1P",
                "SIN",
                "COS",
                "TANH",
                "ERF",
                "SIGMOID",
                "SOFTPLUS",
                "FLOOR",
                "CEIL",
                "ROUND",
                "TRUNC"
            })
    void hasTheBitsOfTheDefinition(UnaryFn fn) {
        float[] x = new float[N];
        for (int i = 0; i < N; i++) {
            // an odd stride visits every exponent and sign with changing mantissas
            x[i] = i < SPECIAL.length ? SPECIAL[i] : Float.intBitsToFloat(i * 0x1_ABCD * 3);
        }
        Expr expr = Expr.arg(0, DType.F32).apply(fn);
        Access dense = new Access(DType.F32, false);
        MapKernel kernel = new MapWriter(StraightLine.of(expr), List.of(dense, dense), 256).write();
        float[] vectors = new float[N];
        float[] single = new float[N];
        kernel.run(Operands.of(x, vectors), 1, N);
        Operands rows = Operands.of(x, single);
        Arrays.fill(rows.step(), 3); // rows of three have no whole vector
        kernel.run(rows, N / 3, 3);
        Elements want = Elements.zeros(DType.F32, N);
        Elements[] in = {Tensor.of(x, N).elements()};
        ScalarProgram program = ScalarProgram.of(expr, Rounding.STRICT);
        int[] at = new int[1];
        for (int i = 0; i < N; i++) {
            at[0] = i;
            program.store(in, at, new long[] {i}, i, new Elements[] {want}, at);
            assertSame(fn, x[i], vectors[i], want.getDouble(i));
            if (i < N / 3 * 3) {
                assertSame(fn, x[i], single[i], want.getDouble(i));
            }
        }
    }

    private static void assertSame(UnaryFn fn, float x, float got, double want) {
        if (Float.floatToIntBits(got) != Float.floatToIntBits((float) want)) {
            assertThat(got).as("%s of %s", fn, x).isEqualTo((float) want);
        }
    }
}
