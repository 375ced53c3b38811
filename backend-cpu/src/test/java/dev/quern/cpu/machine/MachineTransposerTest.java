package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Matrices turned over by machine code, element by element.
class MachineTransposerTest {
    private static final float UNTOUCHED = -1f;

    @BeforeEach
    void needsMachineCode() {
        Optional<String> obstacle = MachineCode.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> obstacle.orElse(""));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 15, 16, 17, 24, 31, 33, 40, 61})
    void rowsBecomeColumnsAndNothingElseIsTouched(int rows) {
        for (int columns : new int[] {0, 1, 7, 8, 9, 16, 23, 25, 40, 67}) {
            turned(rows, columns);
        }
    }

    @Test
    void manyRowsAreDividedAmongCalls() {
        turned(20_003, 18);
    }

    private static void turned(int rows, int columns) {
        int step = columns + 3;
        int toStep = rows + 5;
        float[] from = new float[4 + rows * step];
        for (int i = 0; i < from.length; i++) {
            from[i] = i;
        }
        float[] to = new float[6 + columns * toStep];
        Arrays.fill(to, UNTOUCHED);
        float[] expected = to.clone();
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                expected[6 + j * toStep + i] = from[4 + i * step + j];
            }
        }
        new MachineTransposer().turn(from, 4, step, rows, columns, to, 6, toStep);
        assertThat(to).as("%d × %d", rows, columns).isEqualTo(expected);
    }

    @Test
    void whatIsNotWithinTheArraysIsRefused() {
        MachineTransposer transposer = new MachineTransposer();
        float[] all = new float[8 * 9];
        float[] short8 = new float[8 * 9 - 2];
        assertThatThrownBy(() -> transposer.turn(all, 0, 10, 8, 8, all, 0, 8))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> transposer.turn(all, 0, 8, 8, 8, short8, 0, 9))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> transposer.turn(all, 0, -1, 8, 8, all, 0, 8))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
