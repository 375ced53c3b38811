package dev.quern.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.Lowering;
import dev.quern.cpu.codegen.MapKernel;
import dev.quern.cpu.codegen.Operands;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.expr.UnaryFn;
import dev.quern.tensor.DType;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bytes are elements of Maps in machine code: rows of them end where they end.
class MachineMapsTest {
    private static final byte UNTOUCHED = 77;
    private static final int ROWS = 3;

    @BeforeEach
    void canRun() {
        assumeTrue(
                MachineCode.obstacle().isEmpty(), () -> MachineCode.obstacle().orElse(""));
    }

    private static MapKernel kernel(Expr expr, Access... views) {
        LaneCode code = LaneCode.ofInstructions();
        List<Access> all = List.of(views);
        return new MachineMaps().assemble(code, new Lowering(code).lowerToStore(StraightLine.of(expr), all), all);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 8, 9, 15, 16, 17, 31, 40, 1001})
    void bytesLessAZeroPointAndNothingBesideThem(int n) {
        for (DType type : List.of(DType.U8, DType.I8)) {
            Expr less = Expr.arg(0, type)
                    .castTo(DType.I32)
                    .minus(Expr.arg(1, type).castTo(DType.I32))
                    .castTo(type);
            MapKernel kernel = kernel(less, new Access(type, false), new Access(type, true), new Access(type, false));
            int step = n + 3;
            byte[] from = new byte[ROWS * n];
            for (int i = 0; i < from.length; i++) {
                from[i] = (byte) (i * 37);
            }
            byte[] zero = {0, (byte) 200};
            byte[] to = new byte[1 + ROWS * step];
            Arrays.fill(to, UNTOUCHED);
            Operands operands = Operands.of(from, zero, to);
            System.arraycopy(new int[] {0, 1, 1}, 0, operands.at(), 0, 3);
            System.arraycopy(new int[] {n, 0, step}, 0, operands.step(), 0, 3);
            kernel.run(operands, ROWS, n);
            byte[] want = new byte[to.length];
            Arrays.fill(want, UNTOUCHED);
            for (int i = 0; i < from.length; i++) {
                want[1 + i / n * step + i % n] = (byte) (from[i] - zero[1]);
            }
            assertThat(to).as("%d of %s", n, type).isEqualTo(want);
        }
    }

    /// `clamp(round(x / scale) + zero)` as a byte.
    private static Expr quantised(DType type, float scale, int zero) {
        int lowest = type == DType.U8 ? 0 : -128;
        return Expr.arg(0, DType.F32)
                .dividedBy(scale)
                .apply(UnaryFn.ROUND)
                .plus(Expr.constant(type, (long) zero).castTo(DType.F32))
                .max(lowest)
                .min(lowest + 255)
                .castTo(type);
    }

    /// Numbers at which bytes change, those beside them, and rare ones.
    private static float[] numbers(float scale) {
        float[] all = {0, -0f, Float.NaN, Float.MAX_VALUE, -Float.MAX_VALUE, 1e30f, -1e30f, Float.MIN_VALUE, 1, -1};
        float[] edges = new float[all.length + 2 + 5 * 600];
        System.arraycopy(all, 0, edges, 0, all.length);
        int n = all.length;
        edges[n++] = Float.POSITIVE_INFINITY;
        edges[n++] = Float.NEGATIVE_INFINITY;
        for (int half = -300; half < 300; half++) {
            float edge = (float) ((half + 0.5) * scale);
            for (int step = -2; step <= 2; step++) {
                edges[n++] = edge + step * Math.ulp(edge);
            }
        }
        return edges;
    }

    @ParameterizedTest
    @ValueSource(floats = {1, 0.5f, 0.1f, 0.023622047f, 3e-7f, 7.3f, 1.1754942e-38f, 0x1p-60f, 1e30f, 0.9999999f})
    void bytesAreThoseOfTheDivision(float scale) {
        float[] from = numbers(scale);
        for (DType type : List.of(DType.U8, DType.I8)) {
            for (int zero : type == DType.U8 ? new int[] {0, 3, 128, 255} : new int[] {-128, -5, 0, 127}) {
                Expr expr = quantised(type, scale, zero);
                byte[] bytes = new byte[from.length];
                run(kernel(expr, new Access(DType.F32, false), new Access(type, false)), from, bytes);
                float[] back = new float[from.length];
                Expr level = expr.castTo(DType.I32)
                        .minus(Expr.constant(type, (long) zero).castTo(DType.I32))
                        .castTo(DType.F32)
                        .times(scale);
                run(kernel(level, new Access(DType.F32, false), new Access(DType.F32, false)), from, back);
                for (int i = 0; i < from.length; i++) {
                    int lowest = type == DType.U8 ? 0 : -128;
                    float rounded = (float) Math.rint(from[i] / scale) + zero;
                    int want = (int) Math.clamp(rounded, lowest, lowest + 255);
                    assertThat(bytes[i])
                            .as("%s as %s of %s", from[i], type, scale)
                            .isEqualTo((byte) want);
                    assertThat(back[i]).as("%s back from %s", from[i], type).isEqualTo((want - zero) * scale);
                }
            }
        }
    }

    /// Scales that a view holds, some of which only the division fits; the last run has a scale of its own in each row.
    @Test
    void bytesOfScalesInViewsAreThoseOfTheDivision() {
        Access numbers = new Access(DType.F32, false);
        Access once = new Access(DType.F32, true);
        Access zeroPoint = new Access(DType.U8, true);
        MapKernel ofViews = kernel(bytes(Expr.arg(2, DType.U8)), numbers, once, zeroPoint, new Access(DType.U8, false));
        MapKernel ofZero =
                kernel(bytes(Expr.constant(DType.U8, 0L)), numbers, once, zeroPoint, new Access(DType.U8, false));
        SplittableRandom random = new SplittableRandom(11);
        for (int run = 0; run < 400; run++) {
            float scale = run < 8 ? RARE_SCALES[run] : (float) Math.exp(random.nextDouble(-50, 50));
            byte zero = (byte) random.nextInt(256);
            float[] x = numbers(scale);
            byte[] got = new byte[x.length];
            ofViews.run(Operands.of(x, new float[] {scale}, new byte[] {zero}, got), 1, x.length);
            assertBytes(got, x, 0, x.length, scale, zero & 0xFF);
            ofZero.run(Operands.of(x, new float[] {scale}, new byte[] {zero}, got), 1, x.length);
            assertBytes(got, x, 0, x.length, scale, 0);
        }
        float[] scales = {0.1f, 0.37f, Float.POSITIVE_INFINITY, 7};
        float[] x = numbers(0.1f);
        int n = x.length / scales.length;
        byte[] got = new byte[x.length];
        Operands rows = Operands.of(x, scales, new byte[] {9}, got);
        System.arraycopy(new int[] {n, 1, 0, n}, 0, rows.step(), 0, 4);
        ofViews.run(rows, scales.length, n);
        for (int row = 0; row < scales.length; row++) {
            assertBytes(got, x, row * n, n, scales[row], 9);
        }
    }

    private static final float[] RARE_SCALES = {
        0, -0.5f, Float.NaN, Float.POSITIVE_INFINITY, Float.MIN_VALUE, 0x1p-60f, Math.nextDown(0x1p-60f), 0x1p61f
    };

    private static Expr bytes(Expr zero) {
        return Expr.arg(0, DType.F32)
                .dividedBy(Expr.arg(1, DType.F32))
                .apply(UnaryFn.ROUND)
                .plus(zero.castTo(DType.F32))
                .max(0)
                .min(255)
                .castTo(DType.U8);
    }

    private static void assertBytes(byte[] got, float[] x, int at, int n, float scale, int zero) {
        for (int i = at; i < at + n; i++) {
            int want = (int) Math.clamp((float) Math.rint(x[i] / scale) + zero, 0f, 255f);
            assertThat(got[i] & 0xFF).as("%s by %s and %d", x[i], scale, zero).isEqualTo(want);
        }
    }

    private static void run(MapKernel kernel, Object from, Object to) {
        kernel.run(Operands.of(from, to), 1, Array.getLength(from));
    }

    @Test
    void boundsOfBytesAreChecked() {
        Access bytes = new Access(DType.U8, false);
        MapKernel copy = kernel(Expr.arg(0, DType.U8).max(Expr.constant(DType.U8, 1L)), bytes, bytes);
        Operands operands = Operands.of(new byte[20], new byte[19]);
        assertThatThrownBy(() -> copy.run(operands, 1, 20)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
