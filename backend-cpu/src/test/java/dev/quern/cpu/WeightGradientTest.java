package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quern.cpu.winograd.WeightGradient;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Gradients of 3 × 3 weights through the transforms: the same bits in all tiers and numbers of threads, close to sums
/// of `double`.
class WeightGradientTest {
    /// How much the transforms enlarge roundings, seen against the greatest sum of magnitudes.
    private static final double GROWTH = 32;

    private static final List<Integer> ONES = List.of(1, 1);

    record Case(int images, int in, int out, int height, int width, int padTop, int padLeft, int padEnd) {
        int outHeight() {
            return height + padTop + padEnd - 2;
        }

        int outWidth() {
            return width + padLeft + padEnd - 2;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(40, 48, 48, 12, 12, 1, 1, 1),
                new Case(20, 32, 64, 14, 14, 1, 1, 1),
                new Case(6, 70, 72, 29, 17, 1, 1, 1),
                new Case(5, 64, 145, 18, 23, 0, 0, 0),
                new Case(8, 128, 24, 9, 40, 2, 0, 2));
    }

    private static final Random RANDOM = new Random(7);

    private static Tensor run(CpuBackend backend, int threads, Case c, Tensor x, Tensor dy) {
        KernelRun run = new KernelRun();
        View input = run.input(x).permute(1, 0, 2, 3);
        View gradient = run.input(dy).permute(1, 0, 2, 3);
        View output = run.output(DType.F32, c.out, c.in, 3, 3);
        Kernel.Convolve kernel = new Kernel.Convolve(
                input,
                gradient,
                null,
                null,
                new Kernel.Geometry(ONES, ONES, List.of(c.padTop, c.padLeft), List.of(c.padEnd, c.padEnd), ONES, 1, 1),
                DType.F32,
                List.of(),
                Expr.arg(0, DType.F32),
                output.permute(1, 0, 2, 3));
        assertThat(WeightGradient.suits(kernel))
                .as("%s goes through the transforms", c)
                .isTrue();
        return run.run(backend, threads, kernel);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void bitsAreTheSameEverywhereAndCloseToTheTruth(Case c) {
        Tensor x = KernelRun.random(RANDOM, DType.F32, c.images, c.in, c.height, c.width);
        Tensor dy = KernelRun.random(RANDOM, DType.F32, c.images, c.out, c.outHeight(), c.outWidth());
        Tensor plain;
        try (CpuBackend backend = new CpuBackend(Tier.PLAIN, 1)) {
            plain = run(backend, 1, c, x, dy);
        }
        check(c, (float[]) x.array(), (float[]) dy.array(), (float[]) plain.array());
        for (Tier tier : Tier.values()) {
            if (tier.obstacle().isPresent()) {
                continue;
            }
            try (CpuBackend backend = new CpuBackend(tier, 3, true)) {
                for (int threads : new int[] {1, 3}) {
                    assertThat((float[]) run(backend, threads, c, x, dy).array())
                            .as("%s, %d threads", tier, threads)
                            .isEqualTo((float[]) plain.array());
                }
            }
        }
    }

    private static void check(Case c, float[] x, float[] dy, float[] got) {
        double[] want = new double[got.length];
        double greatest = 0;
        for (int i = 0; i < got.length; i++) {
            int tap = i % 9;
            int in = i / 9 % c.in;
            int out = i / 9 / c.in;
            double magnitude = 0;
            for (int n = 0; n < c.images; n++) {
                for (int row = 0; row < c.outHeight(); row++) {
                    int y = row + tap / 3 - c.padTop;
                    for (int column = 0; column < c.outWidth(); column++) {
                        int z = column + tap % 3 - c.padLeft;
                        if (y >= 0 && y < c.height && z >= 0 && z < c.width) {
                            double product = (double) x[((n * c.in + in) * c.height + y) * c.width + z]
                                    * dy[((n * c.out + out) * c.outHeight() + row) * c.outWidth() + column];
                            want[i] += product;
                            magnitude += Math.abs(product);
                        }
                    }
                }
            }
            greatest = Math.max(greatest, magnitude);
        }
        for (int i = 0; i < got.length; i++) {
            assertThat((double) got[i]).as("element %d", i).isCloseTo(want[i], within(GROWTH * greatest * 0x1p-24));
        }
    }

    @Test
    void fewTilesAreNotWorthIt() {
        View few = View.dense(0, DType.F32, 64, 1, 8, 8);
        View gradient = View.dense(1, DType.F32, 64, 1, 8, 8);
        assertThat(WeightGradient.suits(new Kernel.Convolve(
                        few,
                        gradient,
                        null,
                        null,
                        new Kernel.Geometry(ONES, ONES, ONES, ONES, ONES, 1, 1),
                        DType.F32,
                        List.of(),
                        Expr.arg(0, DType.F32),
                        View.dense(2, DType.F32, 64, 64, 3, 3))))
                .isFalse();
    }
}
