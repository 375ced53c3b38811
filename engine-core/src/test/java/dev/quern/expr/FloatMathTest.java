package dev.quern.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every function against its double counterpart: a sample of every exponent and sign, and the special values.
class FloatMathTest {
    private static final int STRIDE = 4093;

    @FunctionalInterface
    interface FloatFunction {
        float apply(float x);
    }

    @FunctionalInterface
    interface DoubleFunction {
        double apply(double x);
    }

    static Stream<Arguments> functions() {
        return Stream.of(
                row("exp", FloatMath::exp, StrictMath::exp, 0.9),
                row("expm1", FloatMath::expm1, StrictMath::expm1, 1.5),
                row("log", FloatMath::log, StrictMath::log, 0.9),
                row("log1p", FloatMath::log1p, StrictMath::log1p, 1.4),
                row("tanh", FloatMath::tanh, StrictMath::tanh, 1.4),
                row("erf", FloatMath::erf, DoubleMath::erf, 1.1),
                row("sigmoid", FloatMath::sigmoid, DoubleMath::sigmoid, 2.4),
                row("softplus", FloatMath::softplus, DoubleMath::softplus, 1.8),
                row("sin", FloatMath::sin, StrictMath::sin, 1.6),
                row("cos", FloatMath::cos, StrictMath::cos, 1.6));
    }

    private static Arguments row(String name, FloatFunction f, DoubleFunction d, double ulps) {
        return arguments(name, f, d, ulps);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("functions")
    void staysWithinItsStatedError(String name, FloatFunction function, DoubleFunction truth, double ulps) {
        for (long bits = 0; bits < 1L << 32; bits += STRIDE) {
            check(Float.intBitsToFloat((int) bits), function, truth, ulps);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("functions")
    void specialValues(String name, FloatFunction function, DoubleFunction truth, double ulps) {
        float[] values = {
            0f,
            1f,
            Float.MIN_VALUE,
            Float.MIN_NORMAL,
            Math.nextDown(Float.MIN_NORMAL),
            Float.MAX_VALUE,
            Float.POSITIVE_INFINITY,
            Float.NaN,
            0x1p-24f,
            0x1p-25f,
            88.72283f,
            88.72284f,
            87.33655f,
            103.97208f,
            104f,
            17.4f,
            65536f,
            65537f,
            1e10f,
            0.625f,
            0.921875f,
            4f,
            0x1p60f,
            0x1p127f,
            0.7071068f,
            1.4142135f
        };
        for (float value : values) {
            check(value, function, truth, ulps);
            check(-value, function, truth, ulps);
        }
    }

    @Test
    void doubleErrorFunction() {
        // values of erf to 17 digits
        assertThat(DoubleMath.erf(0.5)).isCloseTo(0.52049987781304654, within(2e-16));
        assertThat(DoubleMath.erf(1)).isCloseTo(0.84270079294971487, within(2e-16));
        assertThat(DoubleMath.erf(-2.4)).isCloseTo(-0.99931148610335492, within(3e-16));
        assertThat(DoubleMath.erf(2.6)).isCloseTo(0.99976396558347065, within(2e-16));
        assertThat(DoubleMath.erf(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
        assertThat(DoubleMath.erf(1e-310)).isCloseTo(1.1283791670955126e-310, within(1e-320));
        assertThat(DoubleMath.erf(Double.NaN)).isNaN();
    }

    @Test
    void inverseHyperbolics() {
        for (double x : new double[] {1e-9, 0.3, 1, 20, 1e9}) {
            assertThat(StrictMath.sinh(DoubleMath.asinh(-x)) / -x).isCloseTo(1, within(1e-14));
            assertThat(StrictMath.cosh(DoubleMath.acosh(1 + x)) / (1 + x)).isCloseTo(1, within(1e-14));
        }
        assertThat(StrictMath.tanh(DoubleMath.atanh(-0.3))).isCloseTo(-0.3, within(1e-16));
        assertThat(DoubleMath.acosh(0.5)).isNaN();
        assertThat(DoubleMath.atanh(1)).isInfinite();
    }

    private static void check(float x, FloatFunction function, DoubleFunction truth, double ulps) {
        float got = function.apply(x);
        double want = truth.apply(x);
        float rounded = (float) want;
        boolean same = got == rounded
                ? Float.floatToRawIntBits(got) == Float.floatToRawIntBits(rounded)
                : Float.isNaN(got) && Double.isNaN(want);
        if (!same) {
            double error = Math.abs(got - want) / Math.ulp(rounded);
            assertThat(error)
                    .as("error in ulps at %s: %s instead of %s", x, got, want)
                    .isLessThanOrEqualTo(ulps);
        }
    }
}
