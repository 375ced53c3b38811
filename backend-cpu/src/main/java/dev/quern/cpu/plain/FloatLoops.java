package dev.quern.cpu.plain;

import dev.quern.expr.BinaryFn;
import dev.quern.expr.DoubleMath;
import dev.quern.expr.FloatMath;
import dev.quern.expr.UnaryFn;

/// One loop over a block for each function of `f32`. Each is a method body of its own, so that it is compiled and
/// vectorised by itself.
final class FloatLoops {
    private FloatLoops() {}

    interface Unary {
        void run(float[] x, float[] to, int n);
    }

    interface Binary {
        void run(float[] x, float[] y, float[] to, int n);
    }

    interface Test {
        void run(float[] x, float[] y, long[] to, int n);
    }

    private interface Scalar {
        float of(float x);
    }

    static Unary unary(UnaryFn fn) {
        return switch (fn) {
            case NEG ->
                (x, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = -x[i];
                    }
                };
            case ABS ->
                (x, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = Math.abs(x[i]);
                    }
                };
            case SQRT ->
                (x, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = (float) Math.sqrt(x[i]);
                    }
                };
            case EXP ->
                (x, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = FloatMath.exp(x[i]);
                    }
                };
            case LOG ->
                (x, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = FloatMath.log(x[i]);
                    }
                };
            case TANH ->
                (x, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = FloatMath.tanh(x[i]);
                    }
                };
            case ERF ->
                (x, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = FloatMath.erf(x[i]);
                    }
                };
            case SIGMOID ->
                (x, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = FloatMath.sigmoid(x[i]);
                    }
                };
            case SIGN -> each(Math::signum);
            case EXPM1 -> each(FloatMath::expm1);
            case LOG1P -> each(FloatMath::log1p);
            case SOFTPLUS -> each(FloatMath::softplus);
            case SIN -> each(FloatMath::sin);
            case COS -> each(FloatMath::cos);
            case TAN -> each(FloatMath::tan);
            case ASIN -> each(FloatMath::asin);
            case ACOS -> each(FloatMath::acos);
            case ATAN -> each(FloatMath::atan);
            case SINH -> each(FloatMath::sinh);
            case COSH -> each(FloatMath::cosh);
            case ASINH -> each(FloatMath::asinh);
            case ACOSH -> each(FloatMath::acosh);
            case ATANH -> each(FloatMath::atanh);
            case FLOOR -> each(x -> (float) Math.floor(x));
            case CEIL -> each(x -> (float) Math.ceil(x));
            case ROUND -> each(x -> (float) Math.rint(x));
            case TRUNC -> each(x -> (float) DoubleMath.truncate(x));
            case STOP_GRADIENT, NOT, IS_NAN, IS_INF -> throw new IllegalArgumentException(fn + " is no loop on floats");
        };
    }

    private static Unary each(Scalar f) {
        return (x, to, n) -> {
            for (int i = 0; i < n; i++) {
                to[i] = f.of(x[i]);
            }
        };
    }

    static Binary binary(BinaryFn fn) {
        return switch (fn) {
            case ADD ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] + y[i];
                    }
                };
            case SUB ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] - y[i];
                    }
                };
            case MUL ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] * y[i];
                    }
                };
            case DIV ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] / y[i];
                    }
                };
            case MIN ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = Math.min(x[i], y[i]);
                    }
                };
            case MAX ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = Math.max(x[i], y[i]);
                    }
                };
            case MOD ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = (float) DoubleMath.modulo(x[i], y[i]);
                    }
                };
            case REM ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] % y[i];
                    }
                };
            case POW ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = FloatMath.pow(x[i], y[i]);
                    }
                };
            case ATAN2 ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = FloatMath.atan2(x[i], y[i]);
                    }
                };
            case AND, OR, XOR, SHL, SHR, LT, LE, GT, GE, EQ, NE ->
                throw new IllegalArgumentException(fn + " gives no float");
        };
    }

    static Test test(BinaryFn fn) {
        return switch (fn) {
            case LT ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] < y[i] ? 1 : 0;
                    }
                };
            case LE ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] <= y[i] ? 1 : 0;
                    }
                };
            case GT ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] > y[i] ? 1 : 0;
                    }
                };
            case GE ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] >= y[i] ? 1 : 0;
                    }
                };
            case EQ ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] == y[i] ? 1 : 0;
                    }
                };
            case NE ->
                (x, y, to, n) -> {
                    for (int i = 0; i < n; i++) {
                        to[i] = x[i] != y[i] ? 1 : 0;
                    }
                };
            default -> throw new IllegalArgumentException(fn + " is no comparison");
        };
    }
}
