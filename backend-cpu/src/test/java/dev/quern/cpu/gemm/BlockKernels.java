package dev.quern.cpu.gemm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.cpu.run.Scratch;
import java.util.Arrays;
import java.util.Random;

/// Block kernels side by side.
public final class BlockKernels {
    private BlockKernels() {}

    /// All heights and some widths of a block, bit for bit.
    public static void compareWithPlain(BlockKernel kernel) {
        BlockKernel plain = new PlainBlockKernel(kernel.tile());
        int width = kernel.tile().columns();
        for (int rows = 1; rows <= 2 * kernel.tile().rows() + 1; rows++) {
            for (int columns : new int[] {width, 7 * width}) {
                float[] want = blocks(plain, rows, columns, true, Factor.Form.PACKED);
                for (Factor.Form form : Factor.Form.values()) {
                    if (form == Factor.Form.PACKED || kernel.readsRows()) {
                        assertThat(blocks(kernel, rows, columns, true, form))
                                .as("%d rows, %d columns, %s", rows, columns, form)
                                .isEqualTo(want);
                    }
                    if (kernel.readsRows()) {
                        assertThat(blocks(kernel, rows, columns, false, form))
                                .as("%d stored rows, %d columns, %s", rows, columns, form)
                                .isEqualTo(want);
                    }
                }
            }
        }
    }

    /// A product whose k comes in three pieces, into sums that lie apart.
    private static float[] blocks(BlockKernel kernel, int rows, int columns, boolean packedA, Factor.Form formB) {
        Random random = new Random(rows * 100L + columns);
        Tile tile = kernel.tile();
        int k = 37;
        float[] a = floats(random, rows * k);
        float[] b = floats(random, k * columns);
        float[] aPanels = new float[rows * k];
        float[] bPanels = new float[Panels.lengthOfB(tile, k, columns)];
        Panels.packA(tile, a, 0, k, 1, rows, k, aPanels, 0);
        Panels.packB(tile, b, 0, columns, 1, k, columns, bPanels, 0);
        Factor left = packedA ? new Factor().packed(aPanels, 0, k) : new Factor().rows(a, 0, k);
        Factor right = switch (formB) {
            case PACKED -> new Factor().packed(bPanels, 0, k);
            case ROWS -> new Factor().rows(b, 0, columns);
            case SCATTERED -> {
                int[] offsets = new int[k];
                Arrays.setAll(offsets, p -> p * columns);
                yield new Factor().scattered(b, 0, new RowOffsets(offsets));
            }
        };
        int step = columns + 3;
        float[] c = floats(random, rows * step + 2);
        Scratch scratch = new Scratch();
        for (int p = 0; p < k; p += 15) {
            int depth = Math.min(15, k - p);
            kernel.multiply(scratch, left, rows, right, columns, p, depth, p == 0, new Sums().in(c, 2, step));
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
