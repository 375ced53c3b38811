package dev.quern.cpu.gemm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.cpu.run.Scratch;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/// Block kernels side by side.
public final class BlockKernels {
    private BlockKernels() {}

    /// All heights and some widths of a block, bit for bit.
    public static void compareWithPlain(BlockKernel kernel) {
        compare(kernel, new PlainBlockKernel(kernel.tile()), 15);
    }

    /// All heights and some widths of a block, bit for bit.
    ///
    /// @param plain takes packed operands
    /// @param depth values of k at a time
    public static void compare(BlockKernel kernel, BlockKernel plain, int depth) {
        int width = kernel.tile().columns();
        for (int rows = 1; rows <= 2 * kernel.tile().rows() + 1; rows++) {
            for (int columns : new int[] {width, 7 * width}) {
                int[] want = blocks(plain, rows, columns, Factor.Form.PACKED, Factor.Form.PACKED, depth);
                for (Factor.Form formA : Factor.Form.values()) {
                    for (Factor.Form formB : Factor.Form.values()) {
                        if (takes(kernel, formA, formB)) {
                            assertThat(blocks(kernel, rows, columns, formA, formB, depth))
                                    .as("%d rows, %d columns, %s, %s", rows, columns, formA, formB)
                                    .isEqualTo(want);
                        }
                    }
                }
            }
        }
    }

    private static boolean takes(BlockKernel kernel, Factor.Form formA, Factor.Form formB) {
        return switch (formA) {
            case PACKED -> formB == Factor.Form.PACKED || (kernel.readsRows() && formB != Factor.Form.GATHERED);
            case ROWS -> kernel.readsRows() && formB != Factor.Form.GATHERED;
            case GATHERED -> kernel.gathersLines() && formB == Factor.Form.PACKED;
            case SCATTERED -> false;
        };
    }

    /// A product whose k comes in pieces, into sums that lie apart: their bits.
    private static int[] blocks(
            BlockKernel kernel, int rows, int columns, Factor.Form formA, Factor.Form formB, int most) {
        Random random = new Random(rows * 100L + columns);
        Tile tile = kernel.tile();
        int k = 37;
        float[] a = floats(random, rows * k);
        float[] b = floats(random, k * columns);
        float[] aPanels = new float[rows * k];
        float[] bPanels = new float[Panels.lengthOfB(tile, k, columns)];
        Panels.packA(tile, a, 0, k, 1, rows, k, aPanels, 0);
        Panels.packB(tile, b, 0, columns, 1, k, columns, bPanels, 0);
        Factor left = switch (formA) {
            case PACKED -> new Factor().packed(aPanels, 0, k);
            case ROWS -> new Factor().rows(a, 0, k);
            case GATHERED -> gathered(a, rows, k);
            case SCATTERED -> throw new IllegalArgumentException("rows of A are not scattered");
        };
        Factor right = switch (formB) {
            case PACKED -> new Factor().packed(bPanels, 0, k);
            case ROWS -> new Factor().rows(b, 0, columns);
            case SCATTERED -> {
                int[] offsets = new int[k];
                Arrays.setAll(offsets, p -> p * columns);
                yield new Factor().scattered(b, 0, new RowOffsets(offsets));
            }
            case GATHERED -> throw new IllegalArgumentException("rows of B are not gathered");
        };
        int step = columns + 3;
        float[] c = floats(random, rows * step + 2);
        Scratch scratch = new Scratch();
        for (int p = 0; p < k; p += most) {
            int depth = Math.min(most, k - p);
            kernel.multiply(scratch, left, rows, right, columns, p, depth, p == 0, new Sums().in(c, 2, step));
        }
        return IntStream.range(0, c.length)
                .map(i -> Float.floatToRawIntBits(c[i]))
                .toArray();
    }

    /// Rows of A, last ones first and k backwards, behind three lines that do not count.
    private static Factor gathered(float[] a, int rows, int k) {
        float[] turned = new float[a.length + 1];
        for (int i = 0; i < a.length; i++) {
            turned[a.length - i] = a[i];
        }
        int[] offsets = new int[k];
        Arrays.setAll(offsets, p -> k - 1 - p);
        int[] lines = new int[rows + 3];
        Arrays.setAll(lines, i -> i < 3 ? 0 : (rows - 1 - (i - 3)) * k);
        return new Factor().gathered(turned, 1, new Gathering(offsets, lines), 3);
    }

    private static float[] floats(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextFloat() * 2 - 1;
        }
        return x;
    }
}
