package dev.quern.cpu.gemm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.cpu.run.Scratch;
import dev.quern.expr.Expr;
import java.util.Arrays;
import java.util.List;
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
        int height = kernel.tile().rows();
        // the last one: tiles of two heights
        int[] heights = IntStream.concat(IntStream.rangeClosed(1, 2 * height + 1), IntStream.of(5 * height + 2))
                .toArray();
        for (int rows : heights) {
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
        kernel.packing().packA(a, 0, k, 1, rows, k, aPanels, 0);
        kernel.packing().packB(b, 0, columns, 1, k, columns, bPanels, 0);
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

    /// The operand for all results.
    private static final float NUMBER = 0.7f;

    /// All heights and some widths, half panels too, ended by `expr` of the sum, an operand of columns, one of
    /// elements and one for all.
    public static void compareEnded(BlockKernel kernel, Expr expr, FloatBinaryOperator end) {
        Ending ending = kernel.ending(
                        expr, List.of(Ending.Operand.COLUMN, Ending.Operand.ELEMENT, Ending.Operand.NUMBER))
                .orElseThrow();
        int height = kernel.tile().rows();
        // the last one: tiles of two heights
        int[] heights = IntStream.concat(IntStream.rangeClosed(1, 2 * height + 1), IntStream.of(5 * height + 2))
                .toArray();
        for (int rows : heights) {
            for (int columns : new int[] {8, 16, 24, 104}) {
                for (Factor.Form form : new Factor.Form[] {Factor.Form.ROWS, Factor.Form.GATHERED}) {
                    ended(kernel, ending, rows, columns, form, end);
                }
            }
        }
    }

    /// What becomes of a sum, times the number, to which both other operands have been added.
    public interface FloatBinaryOperator {
        float of(float sum, float operands);
    }

    private static void ended(
            BlockKernel kernel, Ending ending, int rows, int columns, Factor.Form form, FloatBinaryOperator end) {
        Random random = new Random(rows * 100L + columns);
        int k = 11;
        float[] a = floats(random, rows * k);
        float[] b = floats(random, k * columns);
        float[] panels = new float[Panels.lengthOfB(kernel.tile(), k, columns)];
        kernel.packing().packB(b, 0, columns, 1, k, columns, panels, 0);
        int step = columns + 5;
        float[] bias = floats(random, columns + 1);
        float[] others = floats(random, rows * step + 3);
        float[] c = floats(random, rows * step + 2);
        float[] want = c.clone();
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    sum = Math.fma(a[i * k + p], b[p * columns + j], sum);
                }
                want[2 + i * step + j] = end.of(sum * NUMBER, bias[1 + j] + others[3 + i * step + j]);
            }
        }
        Factor left = form == Factor.Form.ROWS ? new Factor().rows(a, 0, k) : gathered(a, rows, k);
        Factor right = new Factor().packed(panels, 0, k);
        Sums sums = new Sums().in(c, 2, step);
        kernel.multiply(new Scratch(), left, rows, right, columns, 0, 5, true, sums);
        sums.ended(ending, bias, 1, others, 3);
        sums.number(NUMBER);
        kernel.multiply(new Scratch(), left, rows, right, columns, 5, k - 5, false, sums);
        assertThat(c).as("%d rows, %d columns, %s", rows, columns, form).isEqualTo(want);
        refused(kernel, left, rows, right, columns, new Sums().in(c, 2, step), ending, bias, 2, others, 3);
        refused(kernel, left, rows, right, columns, new Sums().in(c, 2, step), ending, bias, 1, others, 3 + 6);
    }

    /// Operands that begin so late that they end too late.
    private static void refused(
            BlockKernel kernel,
            Factor left,
            int rows,
            Factor right,
            int columns,
            Sums sums,
            Ending ending,
            float[] bias,
            int biasAt,
            float[] others,
            int othersAt) {
        sums.ended(ending, bias, biasAt, others, othersAt);
        assertThatThrownBy(() -> kernel.multiply(new Scratch(), left, rows, right, columns, 0, 3, true, sums))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
