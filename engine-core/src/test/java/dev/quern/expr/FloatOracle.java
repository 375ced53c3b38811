package dev.quern.expr;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// Float functions by their textbook formulas in double, for operands of moderate size.
final class FloatOracle {
    private FloatOracle() {}

    static double unary(UnaryFn fn, double x) {
        return switch (fn) {
            case NEG -> 0 - x;
            case ABS -> x < 0 ? 0 - x : x;
            case SIGN -> x < 0 ? -1 : x > 0 ? 1 : 0;
            case SQRT -> Math.pow(x, 0.5);
            case EXP -> Math.pow(Math.E, x);
            case EXPM1 -> Math.pow(Math.E, x) - 1;
            case LOG -> Math.log10(x) / Math.log10(Math.E);
            case LOG1P -> Math.log(1 + x);
            case SIN -> Math.sin(x);
            case COS -> Math.sin(x + Math.PI / 2);
            case TAN -> Math.sin(x) / Math.cos(x);
            case ASIN -> Math.atan2(x, Math.sqrt(1 - x * x));
            case ACOS -> Math.atan2(Math.sqrt(1 - x * x), x);
            case ATAN -> Math.atan2(x, 1);
            case SINH -> (Math.exp(x) - Math.exp(-x)) / 2;
            case COSH -> (Math.exp(x) + Math.exp(-x)) / 2;
            case TANH -> 1 - 2 / (Math.exp(2 * x) + 1);
            case ASINH -> Math.log(x + Math.sqrt(x * x + 1));
            case ACOSH -> Math.log(x + Math.sqrt(x * x - 1));
            case ATANH -> 0.5 * Math.log((1 + x) / (1 - x));
            case ERF -> integral(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case SOFTPLUS -> Math.log(1 + Math.exp(x));
            case FLOOR -> x >= (long) x ? (long) x : (long) x - 1;
            case CEIL -> x <= (long) x ? (long) x : (long) x + 1;
            case TRUNC -> (long) x;
            case ROUND -> new BigDecimal(x).setScale(0, RoundingMode.HALF_EVEN).doubleValue();
            case STOP_GRADIENT -> x;
            case NOT, IS_NAN, IS_INF -> throw new AssertionError(fn + " gives no float");
        };
    }

    static double binary(BinaryFn fn, double a, double b) {
        return switch (fn) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case REM -> a - b * (long) (a / b);
            case MOD -> a - b * Math.floor(a / b);
            case POW -> Math.exp(b * Math.log(a));
            case MIN -> a < b ? a : b;
            case MAX -> a > b ? a : b;
            case ATAN2 -> Math.atan(a / b) + (b >= 0 ? 0 : a >= 0 ? Math.PI : -Math.PI);
            case AND, OR, XOR, SHL, SHR, LT, LE, GT, GE, EQ, NE -> throw new AssertionError(fn + " gives no float");
        };
    }

    static boolean comparison(BinaryFn fn, double a, double b) {
        double order = Math.signum(a - b);
        return switch (fn) {
            case LT -> order == -1;
            case LE -> order == -1 || order == 0;
            case GT -> order == 1;
            case GE -> order == 1 || order == 0;
            case EQ -> order == 0;
            case NE -> order != 0;
            case ADD, SUB, MUL, DIV, MOD, REM, POW, MIN, MAX, AND, OR, XOR, SHL, SHR, ATAN2 ->
                throw new AssertionError(fn + " is no comparison");
        };
    }

    /// Whether a function is defined by its correctly rounded result, so that no tolerance is due.
    static boolean exact(UnaryFn fn) {
        return switch (fn) {
            case NEG, ABS, SIGN, SQRT, FLOOR, CEIL, ROUND, TRUNC, STOP_GRADIENT -> true;
            default -> false;
        };
    }

    /// 2/√π ∫₀ˣ e^−t² dt by Simpson's rule.
    private static double integral(double x) {
        int n = 2000;
        double h = x / n;
        double sum = 1 + Math.exp(-x * x);
        for (int i = 1; i < n; i++) {
            double t = i * h;
            sum += (i % 2 == 0 ? 2 : 4) * Math.exp(-t * t);
        }
        return 2 / Math.sqrt(Math.PI) * sum * h / 3;
    }
}
