package dev.quern.cpu.gemm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.cpu.run.Scratch;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Blocks wider and deeper than what it copies at a time.
class PlainBlockKernelTest {
    private static final int COLUMNS = 37 * 16;
    private static final int K = 150;

    private final Tile tile = Tile.DEFAULT;
    private final BlockKernel kernel = new PlainBlockKernel(tile);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 6, 7, 20})
    void addsFactorsInOrder(int rows) {
        Random random = new Random(rows);
        float[] a = floats(random, rows * K);
        float[] b = floats(random, K * COLUMNS);
        int step = COLUMNS + 3;
        float[] sums = new float[rows * step];
        Arrays.fill(sums, 7f);
        kernel.multiply(new Scratch(), packA(a, rows), rows, packB(b), COLUMNS, 0, 90, true, in(sums, step));
        kernel.multiply(new Scratch(), packA(a, rows), rows, packB(b), COLUMNS, 90, K - 90, false, in(sums, step));
        float[] want = new float[rows * step];
        Arrays.fill(want, 7f);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < COLUMNS; j++) {
                float sum = 0;
                for (int p = 0; p < K; p++) {
                    sum = Math.fma(a[i * K + p], b[p * COLUMNS + j], sum);
                }
                want[i * step + j] = sum;
            }
        }
        assertThat(sums).isEqualTo(want);
    }

    private static Sums in(float[] sums, int step) {
        return new Sums().in(sums, 0, step);
    }

    private Factor packA(float[] a, int rows) {
        float[] panels = new float[rows * K];
        kernel.packing().packA(a, 0, K, 1, rows, K, panels, 0);
        return new Factor().packed(panels, 0, K);
    }

    private Factor packB(float[] b) {
        float[] panels = new float[Panels.lengthOfB(tile, K, COLUMNS)];
        kernel.packing().packB(b, 0, COLUMNS, 1, K, COLUMNS, panels, 0);
        return new Factor().packed(panels, 0, K);
    }

    private static float[] floats(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }
}
