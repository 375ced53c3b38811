package dev.quern.cpu.gemm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.cpu.run.Scratch;
import java.util.Random;

/// Block kernels side by side.
public final class BlockKernels {
    private BlockKernels() {}

    /// All heights and some widths of a block, bit for bit.
    public static void compareWithPlain(BlockKernel kernel) {
        BlockKernel plain = new PlainBlockKernel(kernel.tile());
        for (int rows = 1; rows <= 2 * kernel.tile().rows() + 1; rows++) {
            for (int columns :
                    new int[] {1, kernel.tile().columns(), 5 * kernel.tile().columns() - 3}) {
                assertThat(blocks(kernel, rows, columns, 37))
                        .as("%d rows, %d columns", rows, columns)
                        .isEqualTo(blocks(plain, rows, columns, 37));
            }
        }
    }

    /// A product whose k comes in three pieces.
    private static float[] blocks(BlockKernel kernel, int rows, int columns, int k) {
        Random random = new Random(rows * 100L + columns);
        Tile tile = kernel.tile();
        float[] a = floats(random, rows * k);
        float[] b = floats(random, k * columns);
        float[] aPanels = new float[rows * k];
        float[] bPanels = new float[Panels.lengthOfB(tile, k, columns)];
        Panels.packA(tile, a, 0, k, 1, rows, k, aPanels, 0);
        Panels.packB(tile, b, 0, columns, 1, k, columns, bPanels, 0);
        int padded = Math.ceilDiv(columns, tile.columns()) * tile.columns();
        float[] c = floats(random, rows * padded);
        Scratch scratch = new Scratch();
        for (int p = 0; p < k; p += 15) {
            int depth = Math.min(15, k - p);
            kernel.multiply(scratch, aPanels, 0, rows, bPanels, 0, padded, k, p, depth, p == 0, c);
        }
        return c;
    }

    private static float[] floats(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextFloat() * 2 - 1;
        }
        return x;
    }
}
