package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.backend.RunControl;
import dev.quern.expr.Expr;
import dev.quern.expr.UnaryFn;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Numbers that become integers and floats again have the bits of the interpreter in every tier: NaN, zeros, halves and
/// what is too large too.
class QuantisedMapTest {
    private static final float[] SPECIAL = {
        Float.NaN,
        0,
        -0.0f,
        0.5f,
        -0.5f,
        1.5f,
        2.5f,
        -2.5f,
        127.5f,
        -128.5f,
        254.5f,
        255.5f,
        256,
        -1,
        1e9f,
        0x1p31f,
        -0x1p31f,
        0x1.fffffep30f,
        0x1p32f,
        -3e9f,
        0x1p23f,
        0x1.000001p22f,
        Float.MIN_VALUE,
        Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY
    };
    private static final Expr X = Expr.arg(0, DType.F32);
    private static final EveryTier TIERS = EveryTier.open();

    @AfterAll
    static void close() {
        TIERS.close();
    }

    private static Expr integers(DType type, double scale, int zero) {
        int lowest = type == DType.U8 ? 0 : -128;
        return X.dividedBy(scale)
                .apply(UnaryFn.ROUND)
                .plus(zero)
                .max(lowest)
                .min(lowest + 255)
                .castTo(type);
    }

    private static Expr numbers(Expr integers, double scale, int zero) {
        return integers.castTo(DType.I32).minus(zero).castTo(DType.F32).times(scale);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 31, 64, 100, 1027})
    void everyTierGivesTheSame(int n) {
        Random random = new Random(n);
        float[] x = new float[2 * n];
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextInt(4) == 0
                    ? SPECIAL[random.nextInt(SPECIAL.length)]
                    : (float) random.nextGaussian() * 60;
        }
        Tensor numbers = Tensor.wrap(DType.F32, x, 2, n);
        Tensor signed = bytes(random, DType.I8, n);
        Tensor unsigned = bytes(random, DType.U8, n);
        for (DType type : List.of(DType.I8, DType.U8)) {
            int zero = type == DType.U8 ? 117 : -3;
            Expr integers = integers(type, 0.7, zero);
            compare(numbers, DType.F32, numbers(integers, 0.7, zero));
            compare(numbers, type, integers);
            Tensor codes = type == DType.U8 ? unsigned : signed;
            compare(codes, DType.F32, numbers(Expr.arg(0, type), 0.7, zero));
            compare(codes, type, Expr.arg(0, type).max(Expr.constant(type, 5L)));
        }
        compare(numbers, DType.I32, X.castTo(DType.I32));
        compare(numbers, DType.I8, X.castTo(DType.I8));
        compare(numbers, DType.U8, X.castTo(DType.U8));
        compare(numbers, DType.F32, X.apply(UnaryFn.ROUND));
        compare(numbers, DType.F32, X.apply(UnaryFn.FLOOR).plus(X.apply(UnaryFn.CEIL)));
    }

    private static Tensor bytes(Random random, DType type, int n) {
        Tensor t = Tensor.zeros(type, 2, n);
        for (int i = 0; i < 2 * n; i++) {
            t.elements().set(i, (long) (random.nextInt(256) - (type == DType.I8 ? 128 : 0)));
        }
        return t;
    }

    /// With all elements in one row, and with rows that are apart.
    private static void compare(Tensor x, DType type, Expr expr) {
        int n = (int) x.shape().dim(1).extent();
        for (int first = 0; first < Math.min(n, 2); first++) {
            KernelRun run = new KernelRun();
            View form = run.input(x).slice(1, first, n - first, 1);
            Kernel kernel = new Kernel.Map(List.of(form), List.of(expr), List.of(run.output(type, form.dims())));
            Tensor want = run.run(TIERS.plain(), 2, kernel, RunControl.NONE).getFirst();
            for (CpuBackend other : TIERS.others()) {
                Tensor got = run.run(other, 2, kernel, RunControl.NONE).getFirst();
                for (int i = 0; i < want.length(); i++) {
                    assertThat(Double.doubleToLongBits(got.getDouble(i)))
                            .as("element %d of %s on %s", i, kernel, other.description())
                            .isEqualTo(Double.doubleToLongBits(want.getDouble(i)));
                }
            }
        }
    }
}
