package dev.quern.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quern.cpu.winograd.Winograd;
import dev.quern.expr.Expr;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Convolutions through the transforms: the same bits in all tiers, layouts and numbers of threads, close to sums of
/// `double`.
class WinogradTest {
    /// How much the transforms enlarge roundings, seen against the greatest sum of magnitudes.
    private static final double GROWTH = 32;

    /// A convolution of 3 × 3 with a bias and a lower bound of 0.
    record Case(int images, int in, int out, int height, int width, int padTop, int padLeft, int padEnd, int dilation) {
        Case(int images, int in, int out, int height, int width, int padTop, int padLeft, int padEnd) {
            this(images, in, out, height, width, padTop, padLeft, padEnd, 1);
        }

        int outHeight() {
            return height + padTop + padEnd - 2 * dilation;
        }

        int outWidth() {
            return width + padLeft + padEnd - 2 * dilation;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(1, 16, 16, 12, 12, 1, 1, 1),
                new Case(2, 32, 64, 14, 14, 1, 1, 1),
                new Case(1, 37, 19, 29, 17, 1, 1, 1),
                new Case(3, 20, 145, 18, 23, 0, 0, 0),
                new Case(1, 64, 33, 13, 31, 0, 2, 1),
                new Case(1, 24, 24, 9, 100, 2, 0, 2),
                new Case(1, 1040, 16, 24, 24, 1, 1, 1),
                new Case(1, 128, 136, 16, 15, 1, 1, 1),
                new Case(2, 32, 48, 28, 26, 2, 2, 2, 2),
                new Case(1, 24, 24, 41, 38, 1, 3, 4, 3));
    }

    /// Weights that change from run to run, and images enough for their transform.
    static Stream<Case> changing() {
        return Stream.of(
                new Case(8, 16, 16, 12, 12, 1, 1, 1),
                new Case(4, 37, 19, 29, 17, 1, 1, 1),
                new Case(3, 20, 145, 18, 23, 0, 0, 0),
                new Case(1, 1040, 16, 24, 24, 1, 1, 1),
                new Case(2, 128, 136, 16, 15, 1, 1, 1));
    }

    private static final Random RANDOM = new Random(7);

    private static Tensor run(CpuBackend backend, int threads, Case c, Tensor x, Weights w, Tensor bias, boolean last) {
        KernelRun run = new KernelRun();
        View input = run.input(last ? turned(x) : x);
        View weights = w.constant ? run.constant(w.values) : run.input(w.values);
        View biases = run.constant(bias);
        View output = last
                ? run.output(DType.F32, c.images, c.outHeight(), c.outWidth(), c.out)
                : run.output(DType.F32, c.images, c.out, c.outHeight(), c.outWidth());
        View result = last ? output.permute(0, 3, 1, 2) : output;
        Kernel.Convolve kernel = new Kernel.Convolve(
                last ? input.permute(0, 3, 1, 2) : input,
                weights,
                null,
                null,
                new Kernel.Geometry(
                        Collections.nCopies(2, 1),
                        Collections.nCopies(2, c.dilation),
                        List.of(c.padTop, c.padLeft),
                        Collections.nCopies(2, c.padEnd),
                        Collections.nCopies(2, 1),
                        1,
                        1),
                DType.F32,
                List.of(biases.expand(result.dims())),
                Expr.arg(0, DType.F32).plus(Expr.arg(1, DType.F32)).max(0),
                result);
        assertThat(Winograd.suits(kernel, w.constant ? new Constant(w.values) : null))
                .as("%s goes through the transforms", c)
                .isTrue();
        Tensor got = run.run(backend, threads, kernel);
        return last ? back(got, c) : got;
    }

    /// [n, c, h, w] as [n, h, w, c].
    private static Tensor turned(Tensor x) {
        long[] e = x.shape().extents();
        float[] from = (float[]) x.array();
        float[] to = new float[from.length];
        int positions = (int) (e[2] * e[3]);
        for (int i = 0; i < from.length; i++) {
            int image = i / positions / (int) e[1];
            int channel = i / positions % (int) e[1];
            to[(image * positions + i % positions) * (int) e[1] + channel] = from[i];
        }
        return Tensor.of(to, e[0], e[2], e[3], e[1]);
    }

    private static Tensor back(Tensor y, Case c) {
        float[] from = (float[]) y.array();
        float[] to = new float[from.length];
        int positions = c.outHeight() * c.outWidth();
        for (int i = 0; i < from.length; i++) {
            int position = i / c.out;
            to[(position / positions * c.out + i % c.out) * positions + position % positions] = from[i];
        }
        return Tensor.of(to, c.images, c.out, c.outHeight(), c.outWidth());
    }

    private record Weights(Tensor values, boolean constant) {}

    @ParameterizedTest
    @MethodSource("cases")
    void bitsAreTheSameEverywhereAndCloseToTheTruth(Case c) {
        compare(c, true);
    }

    @ParameterizedTest
    @MethodSource("changing")
    void alsoWithWeightsThatChange(Case c) {
        compare(c, false);
    }

    private static void compare(Case c, boolean constant) {
        Tensor x = KernelRun.random(RANDOM, DType.F32, c.images, c.in, c.height, c.width);
        Weights w = new Weights(KernelRun.random(RANDOM, DType.F32, c.out, c.in, 3, 3), constant);
        Tensor bias = KernelRun.random(RANDOM, DType.F32, 1, c.out, 1, 1);
        Tensor plain;
        try (CpuBackend backend = new CpuBackend(Tier.PLAIN, 1)) {
            plain = run(backend, 1, c, x, w, bias, false);
        }
        check(c, x, w.values, bias, (float[]) plain.array());
        for (Tier tier : Tier.values()) {
            if (tier.obstacle().isPresent()) {
                continue;
            }
            try (CpuBackend backend = new CpuBackend(tier, 3, true)) {
                for (boolean last : new boolean[] {false, true}) {
                    for (int threads : new int[] {1, 3}) {
                        Tensor got = run(backend, threads, c, x, w, bias, last);
                        assertThat((float[]) got.array())
                                .as("%s, %d threads, channels last: %s", tier, threads, last)
                                .isEqualTo((float[]) plain.array());
                    }
                }
            }
        }
    }

    private static void check(Case c, Tensor x, Tensor w, Tensor bias, float[] got) {
        double[] want = new double[got.length];
        double greatest = 0;
        for (int i = 0; i < got.length; i++) {
            int column = i % c.outWidth();
            int row = i / c.outWidth() % c.outHeight();
            int o = i / c.outWidth() / c.outHeight() % c.out;
            int image = i / c.outWidth() / c.outHeight() / c.out;
            double sum = ((float[]) bias.array())[o];
            double magnitude = Math.abs(sum);
            for (int ch = 0; ch < c.in; ch++) {
                for (int t = 0; t < 9; t++) {
                    int y = row + t / 3 * c.dilation - c.padTop;
                    int z = column + t % 3 * c.dilation - c.padLeft;
                    if (y >= 0 && y < c.height && z >= 0 && z < c.width) {
                        double product = (double) ((float[]) w.array())[(o * c.in + ch) * 9 + t]
                                * ((float[]) x.array())[((image * c.in + ch) * c.height + y) * c.width + z];
                        sum += product;
                        magnitude += Math.abs(product);
                    }
                }
            }
            want[i] = Math.max(0, sum);
            greatest = Math.max(greatest, magnitude);
        }
        for (int i = 0; i < got.length; i++) {
            assertThat((double) got[i]).as("element %d", i).isCloseTo(want[i], within(GROWTH * greatest * 0x1p-24));
        }
    }

    @Test
    void imagesAloneDecide() {
        for (int images : new int[] {1, 8}) {
            assertThat(suits(images, 512, 4, true)).isFalse();
            assertThat(suits(images, 64, 56, true)).isTrue();
            assertThat(suits(images, 3, 224, true)).isFalse();
        }
    }

    @Test
    void weightsThatChangeAskForImages() {
        assertThat(suits(1, 64, 8, false)).isFalse();
        assertThat(suits(32, 64, 8, false)).isTrue();
    }

    private static boolean suits(int images, int channels, int extent, boolean constant) {
        Constant weights = constant ? new Constant(Tensor.zeros(DType.F32, 64, channels, 3, 3)) : null;
        View x = View.dense(0, DType.F32, images, channels, extent, extent);
        List<Integer> ones = List.of(1, 1);
        return Winograd.suits(
                new Kernel.Convolve(
                        x,
                        View.dense(1, DType.F32, 64, channels, 3, 3),
                        null,
                        null,
                        new Kernel.Geometry(ones, ones, ones, ones, ones, 1, 1),
                        DType.F32,
                        List.of(),
                        Expr.arg(0, DType.F32),
                        View.dense(2, DType.F32, images, 64, extent, extent)),
                weights);
    }
}
