package dev.quern.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import dev.quern.tensor.ShapeException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScalarProgramTest {
    private static final int[] FIRST = {0};
    private static final int[] BOTH = {0, 0};
    private static final long[] NOWHERE = {};

    static Elements one(DType type, double value) {
        Elements e = Elements.zeros(type, 1);
        e.set(0, value);
        return e;
    }

    static Elements one(DType type, long value) {
        Elements e = Elements.zeros(type, 1);
        e.set(0, value);
        return e;
    }

    static double evaluate(Expr expr, Rounding rounding, Elements... in) {
        return ScalarProgram.of(expr, rounding).asDouble(0, in, new int[in.length], NOWHERE, 0);
    }

    @Test
    void refusesOperandsOfAnotherKind() {
        assertThatThrownBy(() -> Expr.arg(0, DType.I32).exp())
                .isInstanceOf(ShapeException.class)
                .hasMessage("EXP is not defined for i32");
        assertThatThrownBy(() -> Expr.arg(0, DType.F32).plus(Expr.arg(1, DType.F64)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("f32 and f64");
    }

    @Test
    void specialFloats() {
        double nan = Double.NaN;
        double inf = Double.POSITIVE_INFINITY;
        for (DType type : List.of(DType.F32, DType.F64, DType.F16, DType.BF16)) {
            for (Rounding rounding : Rounding.values()) {
                binary(type, rounding, BinaryFn.MIN, new double[][] {{nan, 1, nan}, {1, nan, nan}, {0.0, -0.0, -0.0}});
                binary(type, rounding, BinaryFn.MAX, new double[][] {{nan, 1, nan}, {-0.0, 0.0, 0.0}, {-inf, 1, 1}});
                binary(type, rounding, BinaryFn.MOD, new double[][] {{-1, 3, 2}, {1, -3, -2}, {6, -3, -0.0}, {1, 0, nan}
                });
                binary(type, rounding, BinaryFn.REM, new double[][] {{-1, 3, -1}, {1, -3, 1}, {-6, 3, -0.0}, {5, inf, 5}
                });
                binary(type, rounding, BinaryFn.POW, new double[][] {
                    {nan, 0, 1}, {-3, 2, 9}, {-2, 3, -8}, {-inf, 0.5, nan}
                });
                binary(type, rounding, BinaryFn.POW, new double[][] {
                    {-0.0, 0.5, -0.0}, {-0.0, -1, -inf}, {0, 0, 1}, {-8, 1.5, nan}
                });
                binary(type, rounding, BinaryFn.ATAN2, new double[][] {
                    {0.0, -1, rounding == Rounding.STRICT && type != DType.F64 ? (float) Math.PI : Math.PI}
                });
                unary(type, rounding, UnaryFn.SIGN, new double[][] {{nan, nan}, {-0.0, -0.0}, {-inf, -1}});
                unary(type, rounding, UnaryFn.ROUND, new double[][] {
                    {0.5, 0}, {1.5, 2}, {2.5, 2}, {-0.5, -0.0}, {inf, inf}
                });
                unary(type, rounding, UnaryFn.TRUNC, new double[][] {
                    {-1.5, -1}, {1.5, 1}, {-0.5, -0.0}, {-inf, -inf}, {nan, nan}
                });
                unary(type, rounding, UnaryFn.IS_NAN, new double[][] {{nan, 1}, {inf, 0}, {0, 0}});
                unary(type, rounding, UnaryFn.IS_INF, new double[][] {{nan, 0}, {inf, 1}, {-inf, 1}, {1, 0}});
                unary(type, rounding, UnaryFn.SIGMOID, new double[][] {{-inf, 0}, {inf, 1}, {nan, nan}, {-10000, 0}});
                unary(type, rounding, UnaryFn.SOFTPLUS, new double[][] {
                    {-inf, 0},
                    {inf, inf},
                    {nan, nan},
                    {10000, one(type, 10000.0).getDouble(0)}
                });
                unary(type, rounding, UnaryFn.ERF, new double[][] {{-inf, -1}, {inf, 1}, {nan, nan}, {-0.0, -0.0}});
                unary(type, rounding, UnaryFn.TANH, new double[][] {{-inf, -1}, {inf, 1}, {nan, nan}, {-0.0, -0.0}});
                unary(type, rounding, UnaryFn.ACOSH, new double[][] {{1, 0}, {0.5, nan}, {-1e4, nan}, {inf, inf}});
                unary(type, rounding, UnaryFn.ATANH, new double[][] {{1, inf}, {-1, -inf}, {2, nan}, {-0.0, -0.0}});
                unary(type, rounding, UnaryFn.ASINH, new double[][] {{inf, inf}, {-inf, -inf}, {-0.0, -0.0}});
                unary(type, rounding, UnaryFn.LOG, new double[][] {{0, -inf}, {-1, nan}, {inf, inf}, {1, 0}});
                unary(type, rounding, UnaryFn.SQRT, new double[][] {{-0.0, -0.0}, {-1, nan}, {inf, inf}});
            }
        }
    }

    private static void unary(DType type, Rounding rounding, UnaryFn fn, double[][] rows) {
        for (double[] row : rows) {
            assertThat(evaluate(Expr.arg(0, type).apply(fn), rounding, one(type, row[0])))
                    .as("%s of %s %s, %s", fn, type, row[0], rounding)
                    .isEqualTo(Double.valueOf(row[1]));
        }
    }

    private static void binary(DType type, Rounding rounding, BinaryFn fn, double[][] rows) {
        for (double[] row : rows) {
            Expr expr = Expr.arg(0, type).apply(fn, Expr.arg(1, type));
            assertThat(evaluate(expr, rounding, one(type, row[0]), one(type, row[1])))
                    .as("%s of %s %s, %s, %s", fn, type, row[0], row[1], rounding)
                    .isEqualTo(Double.valueOf(row[2]));
        }
    }

    /// One rounding after each operation: what Java's own `float` arithmetic gives.
    @Test
    void strictSingleIsJavasFloat() {
        SplittableRandom random = new SplittableRandom(1);
        Expr x = Expr.arg(0, DType.F32);
        Expr y = Expr.arg(1, DType.F32);
        ScalarProgram program = ScalarProgram.of(
                List.of(
                        x.plus(y),
                        x.minus(y),
                        x.times(y),
                        x.dividedBy(y),
                        x.abs().sqrt(),
                        x.apply(BinaryFn.REM, y)),
                Rounding.STRICT);
        Elements[] out = new Elements[6];
        Arrays.setAll(out, i -> Elements.zeros(DType.F32, 1));
        for (int i = 0; i < 200_000; i++) {
            float a = Float.intBitsToFloat(random.nextInt());
            float b =
                    i % 2 == 0 ? Float.intBitsToFloat(random.nextInt()) : Math.scalb(a, random.nextInt(-30, 30)) * 1.1f;
            Elements[] in = {new Elements(DType.F32, new float[] {a}), new Elements(DType.F32, new float[] {b})};
            program.store(in, BOTH, NOWHERE, 0, out, new int[6]);
            float[] expected = {a + b, a - b, a * b, a / b, (float) Math.sqrt(Math.abs(a)), a % b};
            for (int k = 0; k < 6; k++) {
                float actual = ((float[]) out[k].array())[0];
                if (Float.floatToIntBits(actual) != Float.floatToIntBits(expected[k])) {
                    assertThat(actual).as("function %s of %s, %s", k, a, b).isEqualTo(expected[k]);
                }
            }
        }
    }

    @Test
    void oracleRoundsOnlyWhereItStoresAndCasts() {
        Expr third = Expr.arg(0, DType.F32).dividedBy(3);
        Elements one = one(DType.F32, 1);
        assertThat(evaluate(third, Rounding.ORACLE, one)).isEqualTo(1 / 3.0);
        assertThat(evaluate(third, Rounding.STRICT, one)).isEqualTo(1 / 3f);
        assertThat(evaluate(third.castTo(DType.F16).castTo(DType.F32), Rounding.ORACLE, one))
                .isEqualTo(0.333251953125);
        assertThat(evaluate(third.castTo(DType.BF16), Rounding.STRICT, one)).isEqualTo(0.333984375);
        Elements out = Elements.zeros(DType.F32, 1);
        ScalarProgram.of(third, Rounding.ORACLE)
                .store(new Elements[] {one}, FIRST, NOWHERE, 0, new Elements[] {out}, FIRST);
        assertThat(out.getDouble(0)).isEqualTo(1 / 3f);
    }

    @Test
    void casts() {
        record Row(DType from, double value, DType to, double expected) {}
        List<Row> rows = List.of(
                new Row(DType.F32, 2.9, DType.I32, 2),
                new Row(DType.F32, -2.9, DType.I64, -2),
                new Row(DType.F32, Double.NaN, DType.I32, 0),
                new Row(DType.F32, Double.NaN, DType.BOOL, 1),
                new Row(DType.F32, -0.0, DType.BOOL, 0),
                new Row(DType.F64, 0.1, DType.BOOL, 1),
                new Row(DType.F64, 3e9, DType.I32, Integer.MAX_VALUE),
                new Row(DType.F64, 3e9, DType.I8, -1),
                new Row(DType.F64, 300, DType.I8, 44),
                new Row(DType.F64, -1, DType.U8, 255),
                new Row(DType.F64, 3e9, DType.U32, 3e9),
                new Row(DType.F64, 0x1.8p63, DType.U64, 0x1.8p63),
                new Row(DType.F64, 1e300, DType.I64, Long.MAX_VALUE),
                new Row(DType.I32, -1, DType.U16, 65535),
                new Row(DType.I64, -1, DType.U64, 0x1p64),
                new Row(DType.U8, 200, DType.I8, -56),
                new Row(DType.I32, 16777217, DType.F32, 16777216),
                new Row(DType.I32, 2, DType.BOOL, 1),
                new Row(DType.BOOL, 1, DType.F16, 1),
                new Row(DType.F64, 65520, DType.F16, Double.POSITIVE_INFINITY),
                new Row(DType.F64, 65519.999, DType.F16, 65504));
        for (Row row : rows) {
            Expr cast = Expr.arg(0, row.from()).castTo(row.to());
            assertThat(evaluate(cast, Rounding.STRICT, one(row.from(), row.value())))
                    .as(row.toString())
                    .isEqualTo(row.expected());
        }
        Expr single = Expr.arg(0, DType.U64).castTo(DType.F32);
        // rounding by way of double would give 2^63 + 2^40
        assertThat(evaluate(single, Rounding.STRICT, one(DType.U64, 0x8000_0080_0000_0001L)))
                .isEqualTo(0x1.000002p63);
    }

    @Test
    void bitCasts() {
        Expr bits = new Expr.BitCast(DType.U32, Expr.arg(0, DType.F32));
        assertThat(evaluate(bits, Rounding.STRICT, one(DType.F32, -2.0))).isEqualTo(0xC000_0000L);
        Expr back = new Expr.BitCast(DType.F32, bits.apply(BinaryFn.XOR, Expr.constant(DType.U32, 0x8000_0000L)));
        assertThat(evaluate(back, Rounding.STRICT, one(DType.F32, -2.5))).isEqualTo(2.5);
        Expr half = new Expr.BitCast(DType.F16, Expr.arg(0, DType.I16));
        assertThat(evaluate(half, Rounding.STRICT, one(DType.I16, 0x3C00L))).isEqualTo(1);
        assertThatThrownBy(() -> new Expr.BitCast(DType.F64, Expr.arg(0, DType.F32)))
                .hasMessage("a bit cast keeps the width: f32 to f64");
    }

    @Test
    void readsPositionsAndSelects() {
        Expr row = Expr.index(0);
        Expr causal = Expr.select(Expr.index(1).le(row), Expr.arg(0, DType.F32), Expr.constant(DType.F32, -1e9));
        ScalarProgram program = ScalarProgram.of(List.of(causal, Expr.index(Expr.Index.LINEAR)), Rounding.STRICT);
        Elements[] in = {new Elements(DType.F32, new float[] {5, 6, 7})};
        assertThat(program.asDouble(0, in, new int[] {2}, new long[] {1, 1}, 9)).isEqualTo(7);
        assertThat(program.asDouble(0, in, new int[] {2}, new long[] {1, 2}, 9)).isEqualTo(-1e9f);
        assertThat(program.asLong(1, in, new int[] {2}, new long[] {1, 2}, 9)).isEqualTo(9);
    }

    @Test
    void serveManyThreads() {
        Expr x = Expr.arg(0, DType.F64);
        Expr sum = x;
        for (int i = 1; i < 20; i++) {
            sum = sum.plus(x.times(i));
        }
        ScalarProgram program = ScalarProgram.of(sum, Rounding.STRICT);
        boolean right = Stream.iterate(0, i -> i + 1)
                .limit(20_000)
                .parallel()
                .allMatch(i -> program.asDouble(0, new Elements[] {one(DType.F64, (double) i)}, FIRST, NOWHERE, 0)
                        == i * 191.0);
        assertThat(right).isTrue();
    }
}
