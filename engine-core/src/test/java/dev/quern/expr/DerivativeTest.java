package dev.quern.expr;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class DerivativeTest {
    private static final float MAX = Float.MAX_VALUE;
    private static final List<Float> EXTREME =
            List.of(-MAX, -1e30f, -1e10f, -1e4f, -200f, -88f, -20f, 20f, 88f, 200f, 1e4f, 1e10f, 1e30f, MAX);

    private static double at(Expr expr, double... x) {
        Elements[] in = new Elements[x.length];
        for (int i = 0; i < x.length; i++) {
            in[i] = new Elements(DType.F64, new double[] {x[i]});
        }
        return ScalarProgram.of(expr, Rounding.STRICT).asDouble(0, in, new int[x.length], new long[0], 0);
    }

    private static float single(Expr expr, float... x) {
        Elements[] in = new Elements[x.length];
        for (int i = 0; i < x.length; i++) {
            in[i] = new Elements(DType.F32, new float[] {x[i]});
        }
        return (float) ScalarProgram.of(expr, Rounding.STRICT).asDouble(0, in, new int[x.length], new long[0], 0);
    }

    private static void requireSlope(String what, Expr expr, int arg, double... x) {
        double h = 1e-5 * Math.max(1, Math.abs(x[arg]));
        double[] below = x.clone();
        double[] above = x.clone();
        below[arg] -= h;
        above[arg] += h;
        double expected = (at(expr, above) - at(expr, below)) / (above[arg] - below[arg]);
        double actual = at(Derivative.of(expr, arg), x);
        assertThat(Math.abs(actual - expected))
                .as("%s by x%s at %s: %s for %s", what, arg, x, actual, expected)
                .isLessThanOrEqualTo(1e-6 * Math.max(1, Math.abs(expected)));
    }

    @ParameterizedTest
    @EnumSource
    void unaryAgainstCentralDifferences(UnaryFn fn) {
        if (!fn.accepts(DType.F64) || fn.isPredicate() || fn == UnaryFn.STOP_GRADIENT) {
            return;
        }
        Expr x = Expr.arg(0, DType.F64);
        SplittableRandom random = new SplittableRandom(fn.name().hashCode());
        for (int i = 0; i < 200; i++) {
            double point = switch (fn) {
                case SQRT, LOG -> random.nextDouble(0.1, 10);
                case LOG1P -> random.nextDouble(-0.8, 10);
                case ACOSH -> random.nextDouble(1.1, 10);
                case ASIN, ACOS, ATANH -> random.nextDouble(-0.9, 0.9);
                case TAN -> random.nextDouble(-1.2, 1.2);
                default -> random.nextDouble(-4, 4);
            };
            boolean jump = switch (fn) {
                case SIGN, FLOOR, CEIL, ROUND, TRUNC, ABS -> Math.abs(point * 2 - Math.rint(point * 2)) < 1e-3;
                default -> false;
            };
            if (!jump) {
                requireSlope(fn.name(), x.apply(fn), 0, point);
                requireSlope(fn.name(), x.times(x.apply(fn)).plus(x.times(3)), 0, point);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void binaryAgainstCentralDifferences(BinaryFn fn) {
        if (!fn.accepts(DType.F64) || fn.isComparison()) {
            return;
        }
        Expr x = Expr.arg(0, DType.F64);
        Expr y = Expr.arg(1, DType.F64);
        SplittableRandom random = new SplittableRandom(fn.name().hashCode());
        for (int i = 0; i < 300; i++) {
            double a = fn == BinaryFn.POW ? random.nextDouble(0.1, 4) : random.nextDouble(-4, 4);
            double b = (random.nextBoolean() ? 1 : -1) * random.nextDouble(0.3, 4);
            double quotient = a / b;
            boolean jump = switch (fn) {
                case MOD, REM -> Math.abs(quotient - Math.rint(quotient)) < 1e-3;
                case MIN, MAX -> Math.abs(a - b) < 1e-3;
                case ATAN2 -> Math.abs(a) < 1e-3;
                default -> false;
            };
            if (!jump) {
                requireSlope(fn.name(), x.apply(fn, y), 0, a, b);
                requireSlope(fn.name(), x.apply(fn, y), 1, a, b);
                requireSlope(fn.name(), x.plus(y).times(x.apply(fn, y.times(x).plus(y))), 1, 0.7, 0.41);
            }
        }
    }

    static Stream<Map.Entry<String, Expr>> activations() {
        return activations(DType.F32);
    }

    private static Stream<Map.Entry<String, Expr>> activations(DType type) {
        Expr x = Expr.arg(0, type);
        Expr inner = x.plus(x.times(x).times(x).times(0.044715)).times(Math.sqrt(2 / Math.PI));
        return Map.of(
                "silu", x.times(x.sigmoid()),
                "gelu", x.times(0.5).times(x.times(Math.sqrt(0.5)).erf().plus(1)),
                "mish", x.times(x.softplus().tanh()),
                "softsign", x.dividedBy(x.abs().plus(1)),
                "elu", Expr.select(x.gt(0), x, x.apply(UnaryFn.EXPM1)),
                "relu", Expr.select(x.gt(0), x, x.like(0)),
                "hardswish", x.times(x.dividedBy(6).plus(0.5).max(0).min(1)),
                "logsigmoid", x.negate().softplus().negate(),
                "atan", x.apply(UnaryFn.ATAN),
                "tanh gelu", x.times(0.5).times(inner.min(30).max(-30).tanh().plus(1)))
                .entrySet()
                .stream();
    }

    /// Where a naive form overflows to ∞ − ∞ or 0 · ∞, a gradient would be NaN.
    @ParameterizedTest
    @MethodSource("activations")
    void finiteAtExtremes(Map.Entry<String, Expr> activation) {
        Expr slope = Derivative.of(activation.getValue(), 0);
        for (float x : EXTREME) {
            assertThat(single(slope, x)).as("%s' at %s", activation.getKey(), x).isBetween(-0.2f, 1.2f);
        }
        assertThat(Double.isNaN(single(slope, 0))).isFalse();
    }

    @Test
    void activationsAgainstCentralDifferences() {
        SplittableRandom random = new SplittableRandom(7);
        activations(DType.F64).forEach(activation -> {
            for (int i = 0; i < 100; i++) {
                double x = random.nextDouble(-6, 6);
                if (Math.abs(x) > 1e-3 && Math.abs(Math.abs(x) - 3) > 1e-3) {
                    requireSlope(activation.getKey(), activation.getValue(), 0, x);
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"TANH", "SIGMOID", "SOFTPLUS", "ERF", "SIN", "COS", "ATAN", "ASINH", "ABS", "EXPM1", "NEG"})
    void functionsFiniteAtExtremes(UnaryFn fn) {
        Expr slope = Derivative.of(Expr.arg(0, DType.F32).apply(fn), 0);
        for (float x : EXTREME) {
            if (fn != UnaryFn.EXPM1 || x < 88) {
                assertThat(Float.isFinite(single(slope, x)))
                        .as("%s' at %s", fn, x)
                        .isTrue();
            }
        }
    }

    @Test
    void conventionsWhereThereIsNone() {
        Expr x = Expr.arg(0, DType.F32);
        Expr y = Expr.arg(1, DType.F32);
        assertThat(single(Derivative.of(x.abs(), 0), 0)).isZero();
        assertThat(single(Derivative.of(x.max(y), 0), 2, 2)).isEqualTo(0.5f);
        assertThat(single(Derivative.of(x.max(y), 1), 2, 2)).isEqualTo(0.5f);
        assertThat(single(Derivative.of(x.min(y), 0), 1, 2)).isEqualTo(1);
        assertThat(single(Derivative.of(x.min(y), 1), 1, 2)).isZero();
        assertThat(single(Derivative.of(Expr.select(x.gt(0), x, x.like(0)), 0), 0))
                .isZero();
        assertThat(single(Derivative.of(Expr.select(x.gt(0), x.log(), x.like(0)), 0), -1))
                .isZero();
        assertThat(single(Derivative.of(x.pow(y), 1), 0, 2)).isZero();
        assertThat(single(Derivative.of(x.pow(y), 1), 0, 0)).isZero();
        assertThat(single(Derivative.of(x.pow(y), 0), 0, 0)).isZero();
        assertThat(single(Derivative.of(x.pow(y), 0), 0, 1)).isEqualTo(1);
        assertThat(single(Derivative.of(x.pow(y), 0), -3, 2)).isEqualTo(-6);
        assertThat(single(Derivative.of(x.stopGradient().times(x), 0), 3)).isEqualTo(3);
        assertThat(single(Derivative.of(x.dividedBy(y), 1), 0x1p-100f, 0x1p-83f))
                .isEqualTo(-0x1p66f);
        assertThat(single(Derivative.of(x.apply(BinaryFn.ATAN2, y), 0), 0, 0x1p-100f))
                .isEqualTo(0x1p100f);
    }

    @Test
    void discreteParts() {
        Expr x = Expr.arg(0, DType.F32);
        Expr n = Expr.arg(1, DType.I32);
        assertThat(Derivative.of(x.castTo(DType.I32).plus(n), 0)).isEqualTo(n.like(0));
        assertThat(Derivative.of(n.castTo(DType.F32).times(x), 1)).isEqualTo(x.like(0));
        assertThat(Derivative.of(x.gt(0), 0)).isEqualTo(Expr.constant(DType.BOOL, 0));
        assertThat(ExprPrinter.text(Derivative.of(x.castTo(DType.F64).exp(), 0)))
                .isEqualTo("exp(f64(x0))");
    }

    @Test
    void readsAsOneWouldWriteIt() {
        Expr x = Expr.arg(0, DType.F32);
        Expr y = Expr.arg(1, DType.F32);
        assertThat(ExprPrinter.text(Derivative.of(x.times(y).plus(3), 0))).isEqualTo("x1");
        assertThat(ExprPrinter.text(Derivative.of(x.pow(x.like(2)), 0))).isEqualTo("x0 + x0");
        assertThat(ExprPrinter.text(Derivative.of(x.tanh(), 0))).isEqualTo("1 - tanh(x0) * tanh(x0)");
        assertThat(ExprPrinter.text(Derivative.of(x.times(x.sigmoid()), 0)))
                .isEqualTo("sigmoid(x0) + x0 * (sigmoid(x0) * (1 - sigmoid(x0)))");
        assertThat(ExprPrinter.text(Derivative.of(x.dividedBy(y), 0))).isEqualTo("1 / x1");
        assertThat(ExprPrinter.text(Derivative.of(x.plus(2).log(), 1))).isEqualTo("0");
        assertThat(ExprPrinter.text(Derivative.of(Expr.select(x.gt(0), x, x.like(0)), 0)))
                .isEqualTo("x0 > 0 ? 1 : 0");
    }

    @Test
    void staysSmallWhereExpressionsAreDeep() {
        Expr x = Expr.arg(0, DType.F32);
        for (int i = 0; i < 30; i++) {
            x = x.times(x.sigmoid());
        }
        assertThat(StraightLine.of(Derivative.of(x, 0)).steps()).hasSizeLessThan(30 * 10);
    }
}
