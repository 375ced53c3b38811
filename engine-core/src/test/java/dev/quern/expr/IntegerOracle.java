package dev.quern.expr;

import dev.quern.tensor.DType;
import java.math.BigInteger;

/// Integer functions over [BigInteger]: what they are by definition, for any width. `bool` is one bit.
final class IntegerOracle {
    private final DType type;
    private final int bits;

    IntegerOracle(DType type) {
        this.type = type;
        this.bits = type == DType.BOOL ? 1 : type.bits();
    }

    long unary(UnaryFn fn, long x) {
        BigInteger v = value(x);
        return switch (fn) {
            case NEG -> wrap(v.negate());
            case ABS -> wrap(v.abs());
            case SIGN -> v.signum();
            case NOT -> wrap(v.not());
            case STOP_GRADIENT -> x;
            case SQRT, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, TANH, ASINH, ACOSH, ATANH ->
                never(fn);
            case ERF, SIGMOID, SOFTPLUS, FLOOR, CEIL, ROUND, TRUNC, IS_NAN, IS_INF -> never(fn);
        };
    }

    long binary(BinaryFn fn, long x, long y) {
        BigInteger a = value(x);
        BigInteger b = value(y);
        int order = a.compareTo(b);
        return switch (fn) {
            case ADD -> wrap(a.add(b));
            case SUB -> wrap(a.subtract(b));
            case MUL -> wrap(a.multiply(b));
            case DIV -> wrap(a.divide(b));
            case REM -> wrap(a.remainder(b));
            case MOD -> wrap(a.subtract(floorQuotient(a, b).multiply(b)));
            case POW -> power(a, b);
            case MIN -> wrap(a.min(b));
            case MAX -> wrap(a.max(b));
            case AND -> wrap(a.and(b));
            case OR -> wrap(a.or(b));
            case XOR -> wrap(a.xor(b));
            case SHL -> inWidth(b) ? wrap(a.shiftLeft(b.intValue())) : 0;
            case SHR -> inWidth(b) ? wrap(a.mod(BigInteger.TWO.pow(bits)).shiftRight(b.intValue())) : 0;
            case LT -> order < 0 ? 1 : 0;
            case LE -> order <= 0 ? 1 : 0;
            case GT -> order > 0 ? 1 : 0;
            case GE -> order >= 0 ? 1 : 0;
            case EQ -> order == 0 ? 1 : 0;
            case NE -> order != 0 ? 1 : 0;
            case ATAN2 -> throw new AssertionError(fn);
        };
    }

    /// Whether the function has a value; only divisions by zero have none.
    boolean defined(BinaryFn fn, long x, long y) {
        return switch (fn) {
            case DIV, MOD, REM -> y != 0;
            case POW -> x != 0 || value(y).signum() >= 0;
            default -> true;
        };
    }

    BigInteger value(long x) {
        return type == DType.U64 ? new BigInteger(Long.toUnsignedString(x)) : BigInteger.valueOf(x);
    }

    long wrap(BigInteger v) {
        BigInteger modulus = BigInteger.TWO.pow(bits);
        BigInteger low = v.mod(modulus);
        boolean negative = type.isSigned() && low.testBit(bits - 1);
        return (negative ? low.subtract(modulus) : low).longValue();
    }

    private boolean inWidth(BigInteger distance) {
        return distance.signum() >= 0 && distance.compareTo(BigInteger.valueOf(bits)) < 0;
    }

    private static BigInteger floorQuotient(BigInteger a, BigInteger b) {
        BigInteger[] parts = a.divideAndRemainder(b);
        return parts[1].signum() != 0 && parts[1].signum() != b.signum() ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    private long power(BigInteger a, BigInteger n) {
        if (n.signum() < 0) {
            boolean odd = n.testBit(0);
            return a.equals(BigInteger.ONE) ? 1 : a.equals(BigInteger.ONE.negate()) ? (odd ? -1 : 1) : 0;
        }
        return wrap(a.modPow(n, BigInteger.TWO.pow(bits)));
    }

    private static long never(UnaryFn fn) {
        throw new AssertionError(fn + " of an integer");
    }
}
