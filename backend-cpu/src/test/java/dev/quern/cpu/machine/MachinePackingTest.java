package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.cpu.gemm.Packing;
import dev.quern.cpu.gemm.Panels;
import dev.quern.cpu.gemm.Tile;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Panels that machine code makes, beside the plain ones: matrices as they lie and turned, of awkward extents, in
/// arrays that end where they do.
class MachinePackingTest {
    private static final int[] EXTENTS = {1, 2, 3, 4, 5, 6, 7, 12, 15, 16, 17, 31, 33, 70};

    /// Elements before the matrix, and around the panels.
    private static final int MARGIN = 3;

    private final Packing plain = new Panels(Tile.DEFAULT);

    @BeforeEach
    void needsMachineCode() {
        Optional<String> obstacle = MachineCode.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> obstacle.orElse(""));
    }

    private static float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = Float.intBitsToFloat(0x3f000001 + i);
        }
        return numbers;
    }

    private static float[] empty(int count) {
        float[] target = new float[count + 2 * MARGIN];
        Arrays.fill(target, -1);
        return target;
    }

    @Test
    void rowsOfA() {
        Packing machine = new MachinePacking();
        for (int rows : EXTENTS) {
            for (int k : EXTENTS) {
                for (int gap = 0; gap < 2; gap++) {
                    float[] turned = numbers(MARGIN + (k - 1) * (rows + gap) + rows);
                    float[] want = empty(rows * k);
                    float[] got = empty(rows * k);
                    plain.packA(turned, MARGIN, 1, rows + gap, rows, k, want, MARGIN);
                    machine.packA(turned, MARGIN, 1, rows + gap, rows, k, got, MARGIN);
                    assertThat(got).as("%d rows, k %d", rows, k).isEqualTo(want);
                    float[] inOrder = numbers(MARGIN + (rows - 1) * (k + gap) + k);
                    plain.packA(inOrder, MARGIN, k + gap, 1, rows, k, want, MARGIN);
                    machine.packA(inOrder, MARGIN, k + gap, 1, rows, k, got, MARGIN);
                    assertThat(got).as("%d rows, k %d", rows, k).isEqualTo(want);
                }
            }
        }
    }

    @Test
    void columnsOfB() {
        Packing machine = new MachinePacking();
        for (int columns : EXTENTS) {
            for (int k : EXTENTS) {
                for (int gap = 0; gap < 2; gap++) {
                    int length = Panels.lengthOfB(Tile.DEFAULT, k, columns);
                    float[] inOrder = numbers(MARGIN + (k - 1) * (columns + gap) + columns);
                    float[] want = empty(length);
                    float[] got = empty(length);
                    plain.packB(inOrder, MARGIN, columns + gap, 1, k, columns, want, MARGIN);
                    machine.packB(inOrder, MARGIN, columns + gap, 1, k, columns, got, MARGIN);
                    assertThat(got).as("%d columns, k %d", columns, k).isEqualTo(want);
                    float[] turned = numbers(MARGIN + (columns - 1) * (k + gap) + k);
                    plain.packB(turned, MARGIN, 1, k + gap, k, columns, want, MARGIN);
                    machine.packB(turned, MARGIN, 1, k + gap, k, columns, got, MARGIN);
                    assertThat(got).as("%d columns, k %d, turned", columns, k).isEqualTo(want);
                }
            }
        }
    }

    @Test
    void whatLiesOutsideAnArrayIsRefusedBeforeTheCall() {
        Packing machine = new MachinePacking();
        float[] matrix = new float[32 * 32];
        float[] panels = new float[32 * 32];
        float[] shorter = new float[32 * 32 - 1];
        assertThatThrownBy(() -> machine.packA(shorter, 0, 1, 32, 32, 32, panels, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> machine.packA(matrix, 0, 1, 32, 32, 32, shorter, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        for (int turned = 0; turned < 2; turned++) {
            int kStride = turned == 0 ? 32 : 1;
            assertThatThrownBy(() -> machine.packB(shorter, 0, kStride, 33 - kStride, 32, 32, panels, 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> machine.packB(matrix, 0, kStride, 33 - kStride, 32, 32, shorter, 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
