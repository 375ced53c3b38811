package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.cpu.gemm.Ending;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.window.ChannelBlocks;
import dev.quern.cpu.window.Fold;
import dev.quern.cpu.window.SlidingWindow;
import dev.quern.cpu.window.Taps;
import dev.quern.expr.Expr;
import dev.quern.expr.FloatMath;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The sliding windows that Java wrote as machine code, against plain loops.
class MachineWindowKernelTest {
    private static final float[] SPECIAL = {0f, -0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, -1f};

    /// The ending's operand for all results.
    private static final float NUMBER = 1.3f;

    @BeforeEach
    void needsMachineCode() {
        Optional<String> obstacle = MachineCode.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> obstacle.orElse(""));
    }

    @ParameterizedTest
    @EnumSource(Fold.class)
    void sameBitsAsPlainLoops(Fold fold) {
        MachineWindowKernel kernel = new MachineWindowKernel();
        Random random = new Random(fold.name().hashCode());
        for (int channels : new int[] {8, 9, 15, 16, 17, 24, 31, 40}) {
            for (int count : new int[] {1, 2, 3, 4, 7, 9}) {
                compare(kernel, window(random, fold, channels, null), random, count);
            }
        }
    }

    @Test
    void anEndingIsAppliedBeforeResultsAreStored() {
        MachineWindowKernel kernel = new MachineWindowKernel();
        Expr sum = Expr.arg(0, DType.F32).times(Expr.arg(2, DType.F32)).plus(Expr.arg(1, DType.F32));
        Ending ending = kernel.ending(sum.times(sum.sigmoid()), List.of(Ending.Operand.COLUMN, Ending.Operand.NUMBER))
                .orElseThrow();
        Random random = new Random(5);
        for (int channels : new int[] {8, 24, 41}) {
            for (int count : new int[] {1, 4, 6}) {
                compare(kernel, window(random, Fold.WEIGHTED, channels, ending), random, count);
            }
        }
    }

    private static SlidingWindow window(Random random, Fold fold, int channels, @Nullable Ending ending) {
        int columns = 1 + random.nextInt(4);
        int taps = columns * (1 + random.nextInt(4));
        float[] weights = elements(random, channels * taps);
        int step = channels * (1 + random.nextInt(2));
        return new SlidingWindow(
                fold,
                channels,
                taps,
                columns,
                step,
                3 * channels + random.nextInt(2),
                ChannelBlocks.of(weights, channels, taps),
                ending,
                2);
    }

    /// Taps and positions whose distances are the same, or twice as long, so that neighbours meet the same columns.
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "1, 2", "3, 1", "2, 2"})
    void sameBitsWherePositionsShareColumns(int stride, int dilation) {
        MachineWindowKernel kernel = new MachineWindowKernel();
        Expr sum = Expr.arg(0, DType.F32).times(Expr.arg(2, DType.F32)).plus(Expr.arg(1, DType.F32));
        Ending ending = kernel.ending(sum.times(sum.sigmoid()), List.of(Ending.Operand.COLUMN, Ending.Operand.NUMBER))
                .orElseThrow();
        Random random = new Random(stride * 10 + dilation);
        for (int columns = 1; columns <= 8; columns++) {
            for (int count : new int[] {1, 4, 5, 8, 13, 17}) {
                int channels = 8 + random.nextInt(30);
                float[] weights = ChannelBlocks.of(elements(random, channels * 2 * columns), channels, 2 * columns);
                SlidingWindow window = new SlidingWindow(
                        Fold.WEIGHTED,
                        channels,
                        2 * columns,
                        columns,
                        stride * channels,
                        3 * channels,
                        weights,
                        random.nextBoolean() ? ending : null,
                        2);
                int width = columns - random.nextInt(Math.min(2, columns));
                Taps taps = new Taps(columns - width, 2, width, 40 * channels, dilation * channels);
                compare(kernel, window, taps, random, count);
            }
        }
    }

    private static void compare(MachineWindowKernel kernel, SlidingWindow window, Random random, int count) {
        int top = random.nextInt(window.taps() / window.columns());
        int left = random.nextInt(window.columns());
        Taps taps = new Taps(
                top * window.columns() + left,
                1 + random.nextInt(window.taps() / window.columns() - top),
                1 + random.nextInt(window.columns() - left),
                5 * window.channels(),
                window.channels() + random.nextInt(3));
        compare(kernel, window, taps, random, count);
    }

    private static void compare(MachineWindowKernel kernel, SlidingWindow window, Taps taps, Random random, int count) {
        int rows = 1 + random.nextInt(3);
        int reach = (int) taps.reach() + (rows - 1) * window.rowStep() + (count - 1) * window.step();
        float[] x = elements(random, 3 + reach + window.channels());
        float[] operand = elements(random, 2 + window.channels());
        int yStep = window.channels() + random.nextInt(3);
        int yRow = count * yStep + random.nextInt(2);
        float[] want = new float[5 + rows * yRow];
        float[] got = new float[want.length];
        for (int row = 0; row < rows; row++) {
            plain(window, x, 3 + row * window.rowStep(), taps, count, want, 5 + row * yRow, yStep, operand);
        }
        kernel.slide(new Scratch(), window, x, 3, taps, rows, count, got, 5, yRow, yStep, operand, NUMBER);
        assertThat(got)
                .as("%d channels, %d positions", window.channels(), count)
                .isEqualTo(want);
    }

    @ParameterizedTest
    @EnumSource(Fold.class)
    void whatLiesOutsideIsRefused(Fold fold) {
        MachineWindowKernel kernel = new MachineWindowKernel();
        SlidingWindow window = new SlidingWindow(fold, 8, 2, 2, 8, 8, new float[16], null, 0);
        Taps taps = new Taps(0, 1, 2, 0, 8);
        float[] x = new float[32];
        float[] y = new float[24];
        float[] none = new float[0];
        kernel.slide(new Scratch(), window, x, 0, taps, 1, 3, y, 0, 0, 8, none, 0);
        refused(() -> kernel.slide(new Scratch(), window, x, 1, taps, 1, 3, y, 0, 0, 8, none, 0));
        refused(() -> kernel.slide(new Scratch(), window, x, 0, taps, 1, 4, y, 0, 0, 8, none, 0));
        refused(() -> kernel.slide(new Scratch(), window, x, 0, taps, 1, 3, y, 1, 0, 8, none, 0));
        refused(() -> kernel.slide(new Scratch(), window, x, 0, taps, 1, 3, y, 0, 0, 9, none, 0));
        refused(() -> kernel.slide(new Scratch(), window, x, 0, new Taps(1, 1, 2, 0, 8), 1, 2, y, 0, 0, 8, none, 0));
        refused(() -> kernel.slide(new Scratch(), window, x, 0, new Taps(0, 2, 2, 8, 8), 1, 2, y, 0, 0, 8, none, 0));
        refused(() -> kernel.slide(new Scratch(), window, x, 0, new Taps(0, 1, 2, 0, -8), 1, 2, y, 0, 0, 8, none, 0));
        SlidingWindow few = new SlidingWindow(fold, 7, 2, 2, 8, 8, new float[16], null, 0);
        refused(() -> kernel.slide(new Scratch(), few, x, 0, taps, 1, 1, y, 0, 0, 8, none, 0));
        if (fold == Fold.WEIGHTED) {
            SlidingWindow bare = new SlidingWindow(fold, 8, 2, 2, 8, 8, new float[15], null, 0);
            refused(() -> kernel.slide(new Scratch(), bare, x, 0, taps, 1, 1, y, 0, 0, 8, none, 0));
        }
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static float[] elements(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextInt(6) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextFloat() - 0.5f;
        }
        return x;
    }

    private static void plain(
            SlidingWindow window,
            float[] x,
            int at,
            Taps taps,
            int count,
            float[] y,
            int yAt,
            int yStep,
            float[] operand) {
        for (int i = 0; i < count; i++) {
            for (int c = 0; c < window.channels(); c++) {
                float value = window.fold().start();
                for (int t = 0; t < taps.rows() * taps.columns(); t++) {
                    int row = t / taps.columns();
                    int column = t % taps.columns();
                    float element = x[at + i * window.step() + row * taps.rowStep() + column * taps.columnStep() + c];
                    int tap = taps.first() + row * window.columns() + column;
                    value = switch (window.fold()) {
                        case WEIGHTED -> Math.fma(element, weight(window, tap, c), value);
                        case MAX -> Math.max(value, element);
                        case SUM -> value + element;
                    };
                }
                float sum = value * NUMBER + operand[2 + c];
                y[yAt + i * yStep + c] = window.ending() == null ? value : sum * FloatMath.sigmoid(sum);
            }
        }
    }

    /// From the block in which `channel` is.
    private static float weight(SlidingWindow window, int tap, int channel) {
        int whole = window.channels() / 16;
        if (channel < 16 * whole) {
            return window.weights()[(channel / 16 * window.taps() + tap) * 16 + channel % 16];
        }
        int half = (channel - 16 * whole) / 8;
        int first = Math.min(16 * whole + 8 * half, window.channels() - 8);
        return window.weights()[(16 * whole + 8 * half) * window.taps() + tap * 8 + channel - first];
    }
}
