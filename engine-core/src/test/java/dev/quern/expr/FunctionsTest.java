package dev.quern.expr;

import static dev.quern.expr.ScalarProgramTest.evaluate;
import static dev.quern.expr.ScalarProgramTest.one;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every function for every type it takes, against what it is by definition.
class FunctionsTest {
    private static final int[] FIRST = {0};
    private static final int[] BOTH = {0, 0};
    private static final long[] NOWHERE = {};
    private static final double[] MODERATE = {
        0.03125, 0.2, 0.5, 0.7, 0.95, 1, 1.5, 2, 2.5, 3.3, 5, -0.03125, -0.2, -0.5, -0.7, -0.95, -1.5, -2.5, -3.5, -5,
        -0.99
    };

    private static Stream<DType> types(boolean floats) {
        return Arrays.stream(DType.values()).filter(t -> !t.isHostOnly() && t.isFloat() == floats);
    }

    /// The moderate numbers as `type` has them, without those that are too low for it or have no place in it.
    private static double[] moderate(DType type) {
        return Arrays.stream(MODERATE)
                .map(x -> Conversion.round(type, x))
                .filter(x -> x != 0 && !Double.isNaN(x))
                .toArray();
    }

    @ParameterizedTest
    @EnumSource
    void unaryOfFloats(UnaryFn fn) {
        types(true).filter(fn::accepts).forEach(type -> {
            Expr expr = Expr.arg(0, type).apply(fn);
            for (double operand : moderate(type)) {
                Elements in = one(type, operand);
                if (fn.isPredicate()) {
                    assertThat(evaluate(expr, Rounding.STRICT, in)).isZero();
                    continue;
                }
                double expected = FloatOracle.unary(fn, operand);
                if (Double.isInfinite(expected)) {
                    continue; // a pole: among the special values
                }
                check(fn + " of " + type + " " + operand, type, expected, FloatOracle.exact(fn), expr, in);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void binaryOfFloats(BinaryFn fn) {
        types(true).filter(fn::accepts).forEach(type -> {
            Expr expr = Expr.arg(0, type).apply(fn, Expr.arg(1, type));
            for (double x : moderate(type)) {
                for (double y : moderate(type)) {
                    Elements a = one(type, x);
                    Elements b = one(type, y);
                    String what = fn + " of " + type + " " + a.getDouble(0) + ", " + b.getDouble(0);
                    if (fn.isComparison()) {
                        boolean expected = FloatOracle.comparison(fn, a.getDouble(0), b.getDouble(0));
                        assertThat(evaluate(expr, Rounding.STRICT, a, b))
                                .as(what)
                                .isEqualTo(expected ? 1 : 0);
                    } else if (fn != BinaryFn.POW || x > 0) {
                        double expected = FloatOracle.binary(fn, a.getDouble(0), b.getDouble(0));
                        boolean exact = fn != BinaryFn.POW && fn != BinaryFn.ATAN2;
                        // the textbook remainder is itself rounded, and jumps where the quotient is whole
                        if (fn == BinaryFn.MOD || fn == BinaryFn.REM) {
                            exact = false;
                            double turns = a.getDouble(0) / b.getDouble(0);
                            if (Math.abs(turns - Math.rint(turns)) < 1e-6) {
                                continue;
                            }
                        }
                        check(what, type, expected, exact, expr, a, b);
                    }
                }
            }
        });
    }

    private static void check(String what, DType type, double expected, boolean exact, Expr expr, Elements... in) {
        double oracle = evaluate(expr, Rounding.ORACLE, in);
        double strict = evaluate(expr, Rounding.STRICT, in);
        if (Double.isNaN(expected)) {
            assertThat(oracle).as(what).isNaN();
            assertThat(strict).as(what).isNaN();
            return;
        }
        assertThat(Math.abs(oracle - expected))
                .as("%s: %s for %s", what, oracle, expected)
                .isLessThanOrEqualTo(1e-13 + 1e-12 * Math.abs(expected));
        if (type == DType.F64) {
            assertThat(strict).as(what).isEqualTo(oracle);
        } else if (exact) {
            assertThat(strict).as(what).isEqualTo((float) expected);
        } else {
            assertThat(strict).as(what).isEqualTo((float) strict);
            assertThat(Math.abs(strict - expected))
                    .as("%s: %s for %s", what, strict, expected)
                    .isLessThanOrEqualTo(3 * Math.ulp((float) expected));
        }
    }

    @ParameterizedTest
    @EnumSource
    void unaryOfIntegers(UnaryFn fn) {
        types(false).filter(fn::accepts).forEach(type -> {
            IntegerOracle oracle = new IntegerOracle(type);
            ScalarProgram program = ScalarProgram.of(Expr.arg(0, type).apply(fn), Rounding.STRICT);
            for (long x : integers(type)) {
                long expected = oracle.unary(fn, x);
                assertThat(program.asLong(0, new Elements[] {one(type, x)}, FIRST, NOWHERE, 0))
                        .as("%s of %s %s", fn, type, x)
                        .isEqualTo(expected);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void binaryOfIntegers(BinaryFn fn) {
        types(false).filter(fn::accepts).forEach(type -> {
            IntegerOracle oracle = new IntegerOracle(type);
            ScalarProgram program = ScalarProgram.of(Expr.arg(0, type).apply(fn, Expr.arg(1, type)), Rounding.ORACLE);
            for (long x : integers(type)) {
                for (long y : integers(type)) {
                    Elements[] in = {one(type, x), one(type, y)};
                    if (oracle.defined(fn, x, y)) {
                        assertThat(program.asLong(0, in, BOTH, NOWHERE, 0))
                                .as("%s of %s %s, %s", fn, type, x, y)
                                .isEqualTo(oracle.binary(fn, x, y));
                    } else {
                        assertThatThrownBy(() -> program.asLong(0, in, BOTH, NOWHERE, 0))
                                .isInstanceOf(ArithmeticException.class)
                                .hasMessage("integer division by zero");
                    }
                }
            }
        });
    }

    /// Ends, neighbours of zero, shift distances and a few in between, as stored values of the type.
    static long[] integers(DType type) {
        if (type == DType.BOOL) {
            return new long[] {0, 1};
        }
        long top = type.isSigned() ? -1L >>> (65 - type.bits()) : -1L >>> (64 - type.bits());
        long bottom = type.isSigned() ? -top - 1 : 0;
        List<Long> values =
                new ArrayList<>(List.of(0L, 1L, 2L, 3L, 7L, 8L, 16L, 31L, 32L, 63L, 64L, top, top - 1, top / 2));
        if (type.isSigned()) {
            values.addAll(List.of(-1L, -2L, -3L, -7L, bottom, bottom + 1));
        }
        return values.stream()
                .mapToLong(v -> v)
                .filter(v -> Conversion.wrap(type, v) == v)
                .toArray();
    }

    @Test
    void everyFunctionTakesSomeType() {
        for (UnaryFn fn : UnaryFn.values()) {
            assertThat(Arrays.stream(DType.values()).anyMatch(fn::accepts))
                    .as(fn.name())
                    .isTrue();
            assertThat(fn.accepts(DType.STRING)).as(fn.name()).isFalse();
            assertThat(fn.accepts(DType.C64)).as(fn.name()).isFalse();
        }
        for (BinaryFn fn : BinaryFn.values()) {
            assertThat(Arrays.stream(DType.values()).anyMatch(fn::accepts))
                    .as(fn.name())
                    .isTrue();
            assertThat(fn.accepts(DType.STRING)).as(fn.name()).isFalse();
            assertThat(fn.accepts(DType.C64)).as(fn.name()).isFalse();
        }
    }
}
