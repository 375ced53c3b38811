package dev.quern.expr;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimplifierTest {
    private static final double[] SPECIAL = {
        0,
        -0.0,
        1,
        -1,
        2,
        -3,
        0.5,
        1e-40,
        3e38,
        -3e38,
        1e-320,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY
    };

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void keepsEveryBitOfRandomExpressions(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        RandomExprs exprs = new RandomExprs(seed);
        int smaller = 0;
        for (int i = 0; i < 2500; i++) {
            Expr expr = exprs.next(5);
            Expr simple = Simplifier.simplify(expr);
            assertThat(simple.dtype()).isEqualTo(expr.dtype());
            ScalarProgram before = ScalarProgram.of(expr, Rounding.STRICT);
            ScalarProgram after = ScalarProgram.of(simple, Rounding.STRICT);
            for (int k = 0; k < 8; k++) {
                requireSameBits(expr, simple, before, after, inputs(random), random.nextInt(5), random.nextInt(5));
            }
            smaller += size(simple) < size(expr) ? 1 : 0;
        }
        assertThat(smaller).isGreaterThan(500);
    }

    private static void requireSameBits(
            Expr expr, Expr simple, ScalarProgram before, ScalarProgram after, Elements[] in, long i, long j) {
        int[] at = new int[in.length];
        long[] index = {i, j};
        DType type = expr.dtype();
        long expected;
        try {
            expected = bits(type, before, in, at, index);
        } catch (ArithmeticException divisionByZero) {
            return; // simplified, it may fail or not
        }
        long actual = bits(type, after, in, at, index);
        if (actual != expected) {
            assertThat(Long.toHexString(actual))
                    .as(
                            "%s%n became %s%n over %s",
                            ExprPrinter.text(expr),
                            ExprPrinter.text(simple),
                            Arrays.stream(in).map(e -> e.getDouble(0)).toList())
                    .isEqualTo(Long.toHexString(expected));
        }
    }

    private static long bits(DType type, ScalarProgram program, Elements[] in, int[] at, long[] index) {
        return type.isFloat()
                ? Double.doubleToLongBits(program.asDouble(0, in, at, index, index[0] * 5 + index[1]))
                : program.asLong(0, in, at, index, index[0] * 5 + index[1]);
    }

    private static Elements[] inputs(SplittableRandom random) {
        return RandomExprs.TYPES.stream()
                .map(type -> {
                    Elements e = Elements.zeros(type, 1);
                    switch (random.nextInt(3)) {
                        case 0 -> e.set(0, SPECIAL[random.nextInt(SPECIAL.length)]);
                        case 1 -> e.set(0, random.nextLong() >> random.nextInt(64));
                        default -> e.set(0, random.nextDouble(-100, 100));
                    }
                    return e;
                })
                .toArray(Elements[]::new);
    }

    private static int size(Expr expr) {
        return StraightLine.of(expr).steps().size();
    }

    private static String simple(DType type, UnaryOperator<Expr> expr) {
        return ExprPrinter.text(Simplifier.simplify(expr.apply(Expr.arg(0, type))));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "F16", "BF16"})
    void equationsOfFloats(DType type) {
        assertThat(simple(type, x -> x.times(1))).isEqualTo("x0");
        assertThat(simple(type, x -> x.like(1).times(x))).isEqualTo("x0");
        assertThat(simple(type, x -> x.minus(0.0))).isEqualTo("x0");
        assertThat(simple(type, x -> x.plus(-0.0))).isEqualTo("x0");
        assertThat(simple(type, x -> x.plus(0.0))).isEqualTo("x0 + 0");
        assertThat(simple(type, x -> x.times(0.0))).isEqualTo("x0 * 0");
        assertThat(simple(type, x -> x.minus(x))).isEqualTo("x0 - x0");
        assertThat(simple(type, x -> x.negate().negate())).isEqualTo("x0");
        assertThat(simple(type, x -> x.plus(x.negate()))).isEqualTo("x0 - x0");
        assertThat(simple(type, x -> x.times(-1))).isEqualTo("-x0");
        assertThat(simple(type, x -> x.dividedBy(4))).isEqualTo("x0 * 0.25");
        assertThat(simple(type, x -> x.dividedBy(3))).isEqualTo("x0 / 3");
        assertThat(simple(type, x -> x.pow(x.like(2)))).isEqualTo("x0 * x0");
        assertThat(simple(type, x -> x.pow(x.like(3)))).isEqualTo("x0 * x0 * x0");
        assertThat(simple(type, x -> x.pow(x.like(0.5)))).isEqualTo("sqrt(x0)");
        assertThat(simple(type, x -> x.pow(x.like(-1)))).isEqualTo("1 / x0");
        assertThat(simple(type, x -> x.pow(x.like(0)))).isEqualTo("1");
        assertThat(simple(type, x -> x.pow(x.like(1.5)))).isEqualTo("pow(x0, 1.5)");
        assertThat(simple(type, x -> x.like(2).lt(x))).isEqualTo("x0 > 2");
        assertThat(simple(type, x -> x.lt(2).not())).isEqualTo("~(x0 < 2)");
        assertThat(simple(type, x -> x.eq(x).not())).isEqualTo("x0 != x0");
        assertThat(simple(type, x -> x.like(2).plus(3).times(x))).isEqualTo("x0 * 5");
        assertThat(simple(type, Expr::stopGradient)).isEqualTo("stop_gradient(x0)");
    }

    @ParameterizedTest
    @EnumSource(names = {"I8", "U8", "I32", "U32", "I64", "U64"})
    void equationsOfIntegers(DType type) {
        assertThat(simple(type, x -> x.plus(0))).isEqualTo("x0");
        assertThat(simple(type, x -> x.times(0))).isEqualTo("0");
        assertThat(simple(type, x -> x.minus(x))).isEqualTo("0");
        assertThat(simple(type, x -> x.dividedBy(1))).isEqualTo("x0");
        assertThat(simple(type, x -> x.and(x))).isEqualTo("x0");
        assertThat(simple(type, x -> x.lt(x.like(3)).not())).isEqualTo("x0 >= 3");
        assertThat(simple(type, x -> x.like(1).dividedBy(x.like(0)).plus(x))).isEqualTo("1 / 0 + x0");
    }

    @Test
    void equationsOfConditionsAndCasts() {
        Expr x = Expr.arg(0, DType.F32);
        Expr y = Expr.arg(1, DType.F32);
        Expr yes = Expr.constant(DType.BOOL, 1);
        assertThat(ExprPrinter.text(Simplifier.simplify(Expr.select(yes, x, y))))
                .isEqualTo("x0");
        assertThat(ExprPrinter.text(Simplifier.simplify(Expr.select(x.lt(y).not(), x, y))))
                .isEqualTo("x0 < x1 ? x1 : x0");
        assertThat(simple(DType.BOOL, b -> b.and(yes))).isEqualTo("x0");
        assertThat(simple(DType.BOOL, b -> b.eq(yes).not().not())).isEqualTo("x0");
        assertThat(simple(DType.F32, v -> v.castTo(DType.F64).castTo(DType.F32)))
                .isEqualTo("x0");
        assertThat(simple(DType.F32, v -> v.castTo(DType.F16).castTo(DType.F32)))
                .isEqualTo("f32(f16(x0))");
        assertThat(simple(DType.I32, v -> v.castTo(DType.I64).castTo(DType.I32)))
                .isEqualTo("x0");
        assertThat(simple(DType.I32, v -> v.castTo(DType.I16).castTo(DType.I8))).isEqualTo("i8(x0)");
        assertThat(simple(DType.I32, v -> v.castTo(DType.F32).castTo(DType.I32)))
                .isEqualTo("i32(f32(x0))");
        // an integer reaches 16 bits by way of f32, a double is rounded once
        assertThat(simple(DType.I32, v -> v.castTo(DType.F64).castTo(DType.BF16)))
                .isEqualTo("bf16(f64(x0))");
        assertThat(simple(DType.F16, v -> new Expr.Cast(DType.F16, v.plus(1)))).isEqualTo("f16(x0 + 1)");
    }

    @Test
    void keepsSharedPartsShared() {
        Expr x = Expr.arg(0, DType.F32);
        for (int i = 0; i < 60; i++) {
            x = x.times(x.sigmoid()).times(1);
        }
        assertThat(size(Simplifier.simplify(x))).isEqualTo(121);
    }
}
