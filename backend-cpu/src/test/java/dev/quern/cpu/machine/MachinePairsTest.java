package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.BlockKernels;
import dev.quern.cpu.gemm.Factor;
import dev.quern.cpu.gemm.PairKernels;
import dev.quern.cpu.gemm.Sums;
import dev.quern.cpu.gemm.Tile;
import dev.quern.cpu.run.Scratch;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Machine code over pairs of 16-bit integers, against their definition.
class MachinePairsTest {

    @BeforeEach
    void needsMachineCode() {
        Optional<String> obstacle = MachineCode.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> obstacle.orElse(""));
    }

    @Test
    void sumsAreTheIntegers() {
        BlockKernels.compare(new MachinePairs().integers(), new ByDefinition(false), 15);
    }

    @Test
    void sumsAreTheIntegersRoundedOnce() {
        BlockKernels.compare(new MachinePairs().floats(), new ByDefinition(true), 37);
    }

    @Test
    void roundedSumsCannotBeContinued() {
        Factor a = new Factor().packed(new float[6], 0, 1);
        Factor b = new Factor().packed(new float[16], 0, 1);
        Sums c = new Sums().in(new float[96], 0, 16);
        BlockKernel kernel = new MachinePairs().floats();
        assertThatThrownBy(() -> kernel.multiply(new Scratch(), a, 6, b, 16, 0, 1, false, c))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bytesAreWidened() {
        PairKernels kernels = new MachinePairs();
        byte[] from = new byte[1000];
        new Random(1).nextBytes(from);
        for (int zero : new int[] {-128, -1, 0, 127, 255}) {
            for (boolean signed : new boolean[] {true, false}) {
                float[] to = new float[1000];
                int done = kernels.widen(from, 3, 994, signed, zero, to, 5);
                assertThat(done).isBetween(994 - 15, 994);
                for (int i = 0; i < done; i++) {
                    int bits = Float.floatToRawIntBits(to[5 + i / 2]);
                    int number = i % 2 == 0 ? (short) bits : bits >> Short.SIZE;
                    int value = signed ? from[3 + i] : from[3 + i] & 0xFF;
                    assertThat(number).isEqualTo(value - zero);
                }
                assertThat(to[5 + done / 2]).isZero();
            }
        }
        assertThatThrownBy(() -> kernels.widen(from, 20, 1000, true, 0, new float[1000], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernels.widen(from, 0, 1000, true, 0, new float[400], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    /// What a sum of products of pairs is, for packed operands.
    private record ByDefinition(boolean rounded) implements BlockKernel {
        @Override
        public Tile tile() {
            return Tile.DEFAULT;
        }

        @Override
        public void multiply(
                Scratch scratch, Factor a, int rows, Factor b, int columns, int kFrom, int k, boolean first, Sums c) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    int at = c.at() + i * c.step() + j;
                    int sum = first ? 0 : Float.floatToRawIntBits(c.array()[at]);
                    int height = Math.min(tile().rows(), rows - i / 6 * 6);
                    for (int p = kFrom; p < kFrom + k; p++) {
                        int x = Float.floatToRawIntBits(a.array()[a.at() + i / 6 * 6 * a.k() + p * height + i % 6]);
                        int y = Float.floatToRawIntBits(b.array()[b.at() + j / 16 * 16 * b.k() + p * 16 + j % 16]);
                        sum += (short) x * (short) y + (x >> Short.SIZE) * (y >> Short.SIZE);
                    }
                    c.array()[at] = rounded ? sum : Float.intBitsToFloat(sum);
                }
            }
        }
    }
}
