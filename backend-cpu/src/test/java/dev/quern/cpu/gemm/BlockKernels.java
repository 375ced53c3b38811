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
        int width = kernel.tile().columns();
        for (int rows = 1; rows <= 2 * kernel.tile().rows() + 1; rows++) {
            for (int columns : new int[] {width, 5 * width}) {
                float[] want = blocks(plain, rows, columns, true, true);
                for (int form = 0; form < (kernel.readsRows() ? 4 : 1); form++) {
                    assertThat(blocks(kernel, rows, columns, (form & 1) == 0, (form & 2) == 0))
                            .as("%d rows, %d columns, form %d", rows, columns, form)
                            .isEqualTo(want);
                }
            }
        }
    }

    /// A product whose k comes in three pieces, into sums that lie apart.
    private static float[] blocks(BlockKernel kernel, int rows, int columns, boolean packedA, boolean packedB) {
        Random random = new Random(rows * 100L + columns);
        Tile tile = kernel.tile();
        int k = 37;
        float[] a = floats(random, rows * k);
        float[] b = floats(random, k * columns);
        float[] aPanels = new float[rows * k];
        float[] bPanels = new float[Panels.lengthOfB(tile, k, columns)];
        Panels.packA(tile, a, 0, k, 1, rows, k, aPanels, 0);
        Panels.packB(tile, b, 0, columns, 1, k, columns, bPanels, 0);
        Factor left = packedA ? Factor.packed(aPanels, 0, k) : new Factor(a, 0, k, k);
        Factor right = packedB ? Factor.packed(bPanels, 0, k) : new Factor(b, 0, k, columns);
        int step = columns + 3;
        float[] c = floats(random, rows * step + 2);
        Scratch scratch = new Scratch();
        for (int p = 0; p < k; p += 15) {
            int depth = Math.min(15, k - p);
            kernel.multiply(scratch, left, rows, right, columns, p, depth, p == 0, new Sums(c, 2, step));
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
