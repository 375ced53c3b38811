package dev.quern.expr;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/// What the functions mean on floats: one table for doubles, one for `f32` carried in doubles.
///
/// Sum, difference, product, quotient and square root of two floats, taken in double and rounded, are the correctly
/// rounded `f32` results (Figueroa, "When is double rounding innocuous?", 1995), so the second table derives from the
/// first wherever the function has no `f32` form of its own.
public final class FloatFunctions {
    private FloatFunctions() {}

    public static DoubleUnaryOperator inDouble(UnaryFn fn) {
        return switch (fn) {
            case NEG -> x -> -x;
            case ABS -> Math::abs;
            case SIGN -> Math::signum;
            case SQRT -> Math::sqrt;
            case EXP -> StrictMath::exp;
            case EXPM1 -> StrictMath::expm1;
            case LOG -> StrictMath::log;
            case LOG1P -> StrictMath::log1p;
            case SIN -> StrictMath::sin;
            case COS -> StrictMath::cos;
            case TAN -> StrictMath::tan;
            case ASIN -> StrictMath::asin;
            case ACOS -> StrictMath::acos;
            case ATAN -> StrictMath::atan;
            case SINH -> StrictMath::sinh;
            case COSH -> StrictMath::cosh;
            case TANH -> StrictMath::tanh;
            case ASINH -> DoubleMath::asinh;
            case ACOSH -> DoubleMath::acosh;
            case ATANH -> DoubleMath::atanh;
            case ERF -> DoubleMath::erf;
            case SIGMOID -> DoubleMath::sigmoid;
            case SOFTPLUS -> DoubleMath::softplus;
            case FLOOR -> Math::floor;
            case CEIL -> Math::ceil;
            case ROUND -> Math::rint;
            case TRUNC -> DoubleMath::truncate;
            case STOP_GRADIENT -> x -> x;
            case NOT, IS_NAN, IS_INF -> throw new IllegalArgumentException(fn + " gives no float");
        };
    }

    static DoubleUnaryOperator inSingle(UnaryFn fn) {
        return switch (fn) {
            case EXP -> x -> FloatMath.exp((float) x);
            case EXPM1 -> x -> FloatMath.expm1((float) x);
            case LOG -> x -> FloatMath.log((float) x);
            case LOG1P -> x -> FloatMath.log1p((float) x);
            case SIN -> x -> FloatMath.sin((float) x);
            case COS -> x -> FloatMath.cos((float) x);
            case TANH -> x -> FloatMath.tanh((float) x);
            case ERF -> x -> FloatMath.erf((float) x);
            case SIGMOID -> x -> FloatMath.sigmoid((float) x);
            case SOFTPLUS -> x -> FloatMath.softplus((float) x);
            case NEG, ABS, SIGN, FLOOR, CEIL, ROUND, TRUNC, STOP_GRADIENT -> inDouble(fn);
            default -> {
                DoubleUnaryOperator f = inDouble(fn);
                yield x -> (float) f.applyAsDouble(x);
            }
        };
    }

    public static DoubleBinaryOperator inDouble(BinaryFn fn) {
        return switch (fn) {
            case ADD -> (a, b) -> a + b;
            case SUB -> (a, b) -> a - b;
            case MUL -> (a, b) -> a * b;
            case DIV -> (a, b) -> a / b;
            case MOD -> DoubleMath::modulo;
            case REM -> (a, b) -> a % b;
            case POW -> DoubleMath::pow;
            case MIN -> Math::min;
            case MAX -> Math::max;
            case ATAN2 -> StrictMath::atan2;
            default -> throw new IllegalArgumentException(fn + " gives no float");
        };
    }

    static DoubleBinaryOperator inSingle(BinaryFn fn) {
        return switch (fn) {
            case ADD -> (a, b) -> (float) (a + b);
            case SUB -> (a, b) -> (float) (a - b);
            case MUL -> (a, b) -> (float) (a * b);
            case DIV -> (a, b) -> (float) (a / b);
            case POW -> (x, y) -> FloatMath.pow((float) x, (float) y);
            case MIN, MAX, REM -> inDouble(fn);
            default -> {
                DoubleBinaryOperator f = inDouble(fn);
                yield (a, b) -> (float) f.applyAsDouble(a, b);
            }
        };
    }

    /// A comparison of floats.
    public interface Test {
        boolean test(double a, double b);
    }

    public static Test comparison(BinaryFn fn) {
        return switch (fn) {
            case LT -> (a, b) -> a < b;
            case LE -> (a, b) -> a <= b;
            case GT -> (a, b) -> a > b;
            case GE -> (a, b) -> a >= b;
            case EQ -> (a, b) -> a == b;
            case NE -> (a, b) -> a != b;
            default -> throw new IllegalArgumentException(fn + " is no comparison");
        };
    }
}
