package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.cpu.gemm.Gathering;
import dev.quern.cpu.window.Fold;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The sliding windows that Java wrote as machine code, against plain loops.
class MachineWindowKernelTest {
    private static final float[] SPECIAL = {0f, -0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, -1f};

    @BeforeEach
    void needsMachineCode() {
        Optional<String> obstacle = MachineCode.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> obstacle.orElse(""));
    }

    @ParameterizedTest
    @EnumSource(Fold.class)
    void sameBitsAsPlainLoops(Fold fold) {
        Random random = new Random(fold.name().hashCode());
        MachineWindowKernel kernel = new MachineWindowKernel();
        for (int channels : new int[] {8, 9, 15, 16, 17, 24, 31, 40}) {
            for (int count : new int[] {1, 3, 4, 9}) {
                Gathering taps = gathering(random, 1 + random.nextInt(9), 2 + count, channels);
                float[] x = elements(random, 3 + (int) taps.greatest() + channels);
                float[] weights = elements(random, taps.k() * channels);
                int step = channels + random.nextInt(3);
                float[] want = new float[5 + count * step];
                float[] got = new float[want.length];
                plain(fold, x, taps, count, channels, weights, want, step);
                kernel.slide(fold, x, 3, taps, 2, count, channels, weights, got, 5, step);
                assertThat(got).as("%d channels, %d positions", channels, count).isEqualTo(want);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Fold.class)
    void whatLiesOutsideIsRefused(Fold fold) {
        MachineWindowKernel kernel = new MachineWindowKernel();
        Gathering taps = new Gathering(new int[] {0, 8}, new int[] {0, 8, 16});
        float[] x = new float[32];
        float[] w = new float[16];
        float[] y = new float[24];
        kernel.slide(fold, x, 0, taps, 0, 3, 8, w, y, 0, 8);
        refused(() -> kernel.slide(fold, x, 1, taps, 0, 3, 8, w, y, 0, 8));
        refused(() -> kernel.slide(fold, x, 0, taps, 1, 3, 8, w, y, 0, 8));
        refused(() -> kernel.slide(fold, x, 0, taps, 0, 3, 9, w, y, 0, 8));
        refused(() -> kernel.slide(fold, x, 0, taps, 0, 3, 7, w, y, 0, 8));
        refused(() -> kernel.slide(fold, x, 0, taps, 0, 3, 8, w, y, 1, 8));
        refused(() -> kernel.slide(fold, x, 0, taps, 0, 3, 8, w, y, 0, 9));
        if (fold == Fold.WEIGHTED) {
            refused(() -> kernel.slide(fold, x, 0, taps, 0, 3, 8, new float[15], y, 0, 8));
        }
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static Gathering gathering(Random random, int taps, int lines, int channels) {
        return new Gathering(
                random.ints(taps, 0, 5 * channels).toArray(),
                random.ints(lines, 0, 5 * channels).toArray());
    }

    private static float[] elements(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextInt(6) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextFloat() - 0.5f;
        }
        return x;
    }

    private static void plain(
            Fold fold, float[] x, Gathering taps, int count, int channels, float[] weights, float[] y, int step) {
        for (int i = 0; i < count; i++) {
            for (int c = 0; c < channels; c++) {
                float value = fold.start();
                for (int t = 0; t < taps.k(); t++) {
                    float element = x[3 + (int) (taps.table()[taps.k() + 2 + i] + taps.table()[t]) + c];
                    value = switch (fold) {
                        case WEIGHTED -> Math.fma(element, weights[t * channels + c], value);
                        case MAX -> Math.max(value, element);
                        case SUM -> value + element;
                    };
                }
                y[5 + i * step + c] = value;
            }
        }
    }
}
