package dev.quern.expr;

import dev.quern.tensor.Conversion;
import dev.quern.tensor.DType;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/// What the functions mean on integers and `bool` of one type; values in the form that [Conversion] describes.
public final class IntegerFunctions {
    private IntegerFunctions() {}

    public static LongUnaryOperator unary(UnaryFn fn, DType type) {
        return switch (fn) {
            case NEG -> x -> Conversion.wrap(type, -x);
            case ABS -> type.isUnsigned() ? x -> x : x -> Conversion.wrap(type, Math.abs(x));
            case SIGN -> type.isUnsigned() ? x -> x == 0 ? 0 : 1 : Long::signum;
            case NOT -> type == DType.BOOL ? x -> 1 - x : x -> Conversion.wrap(type, ~x);
            case STOP_GRADIENT -> x -> x;
            default -> throw new IllegalArgumentException(fn + " is not defined for integers");
        };
    }

    public static LongBinaryOperator binary(BinaryFn fn, DType type) {
        return switch (fn) {
            case ADD -> (a, b) -> Conversion.wrap(type, a + b);
            case SUB -> (a, b) -> Conversion.wrap(type, a - b);
            case MUL -> (a, b) -> Conversion.wrap(type, a * b);
            case DIV -> (a, b) -> IntegerMath.divide(type, a, b);
            case MOD -> (a, b) -> IntegerMath.modulo(type, a, b);
            case REM -> (a, b) -> IntegerMath.remainder(type, a, b);
            case POW -> (a, b) -> IntegerMath.power(type, a, b);
            case MIN -> (a, b) -> IntegerMath.compare(type, a, b) <= 0 ? a : b;
            case MAX -> (a, b) -> IntegerMath.compare(type, a, b) >= 0 ? a : b;
            case AND -> (a, b) -> a & b;
            case OR -> (a, b) -> a | b;
            case XOR -> (a, b) -> a ^ b;
            case SHL -> (a, b) -> IntegerMath.shiftLeft(type, a, b);
            case SHR -> (a, b) -> IntegerMath.shiftRight(type, a, b);
            case LT -> (a, b) -> IntegerMath.compare(type, a, b) < 0 ? 1 : 0;
            case LE -> (a, b) -> IntegerMath.compare(type, a, b) <= 0 ? 1 : 0;
            case GT -> (a, b) -> IntegerMath.compare(type, a, b) > 0 ? 1 : 0;
            case GE -> (a, b) -> IntegerMath.compare(type, a, b) >= 0 ? 1 : 0;
            case EQ -> (a, b) -> a == b ? 1 : 0;
            case NE -> (a, b) -> a != b ? 1 : 0;
            case ATAN2 -> throw new IllegalArgumentException(fn + " is not defined for integers");
        };
    }
}
