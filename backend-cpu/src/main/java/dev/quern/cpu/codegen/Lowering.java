package dev.quern.cpu.codegen;

import dev.quern.cpu.codegen.LaneOp.Kind;
import dev.quern.expr.BinaryFn;
import dev.quern.expr.Expr;
import dev.quern.expr.StraightLine;
import dev.quern.expr.UnaryFn;
import dev.quern.tensor.DType;
import java.util.List;

/// Expressions as operations on lanes. Small integers live in lanes of 32 bits, wrapped after each operation.
public final class Lowering {
    private static final int INT_BITS = 32;

    private final LaneCode c;
    private final FloatSteps floats;

    public Lowering(LaneCode code) {
        this.c = code;
        this.floats = new FloatSteps(code);
    }

    /// The numbers of the operations that are the values of the steps of `line`; argument k is a load of view k.
    ///
    /// @throws NotGenerated where a step has no form on lanes
    int[] lower(StraightLine line) {
        List<StraightLine.Step> steps = line.steps();
        int[] values = new int[steps.size()];
        for (int i = 0; i < values.length; i++) {
            int[] operands =
                    steps.get(i).operands().stream().mapToInt(o -> values[o]).toArray();
            values[i] = lower(steps.get(i).expr(), operands);
        }
        return line.results().stream().mapToInt(r -> values[r]).toArray();
    }

    /// The operations whose values are stored as the results of `line`.
    ///
    /// @param results the last of these views are those of the results
    public int[] lowerToStore(StraightLine line, List<Access> results) {
        int[] values = lower(line);
        int first = results.size() - values.length;
        for (int k = 0; k < values.length; k++) {
            values[k] = stored(results.get(first + k).dtype(), values[k]);
        }
        return values;
    }

    private int lower(Expr expr, int[] in) {
        return switch (expr) {
            case Expr.Arg(int index, DType type) -> c.load(index, Lane.of(type));
            case Expr.Const constant -> constant(constant);
            case Expr.Index ignored -> throw new NotGenerated("a position");
            case Expr.Unary(UnaryFn fn, Expr x) -> unary(fn, x.dtype(), in[0]);
            case Expr.Binary(BinaryFn fn, Expr x, Expr y) ->
                fn == BinaryFn.POW ? power(in[0], y) : binary(fn, x.dtype(), in[0], in[1]);
            case Expr.Select ignored -> select(in[0], in[1], in[2]);
            case Expr.Cast(DType to, Expr x) -> cast(x.dtype(), to, in[0]);
            case Expr.BitCast(DType to, Expr x) -> bitCast(x.dtype(), to, in[0]);
        };
    }

    private int constant(Expr.Const constant) {
        Lane lane = Lane.of(constant.dtype());
        return lane.isReal() ? c.real(lane, constant.asDouble()) : c.integer(lane, constant.bits());
    }

    private int select(int condition, int yes, int no) {
        if (c.lane(yes) == Lane.MASK) {
            return c.or(c.and(condition, yes), c.and(c.apply(Kind.NOT, condition), no));
        }
        return c.select(condition, yes, no);
    }

    private int unary(UnaryFn fn, DType type, int x) {
        Lane lane = Lane.of(type);
        if (fn == UnaryFn.STOP_GRADIENT) {
            return x;
        }
        if (!lane.isReal()) {
            return integerUnary(fn, type, lane, x);
        }
        RealSteps real = new RealSteps(c, lane);
        return switch (fn) {
            case NEG -> c.negate(x);
            case ABS -> c.abs(x);
            case SQRT -> c.apply(Kind.SQRT, x);
            case SIGN -> real.sign(x);
            case FLOOR -> real.floor(x);
            case CEIL -> real.ceil(x);
            case ROUND -> real.round(x);
            case TRUNC -> real.truncate(x);
            case IS_NAN -> real.isNan(x);
            case IS_INF -> real.isInfinite(x);
            default -> {
                if (lane == Lane.DOUBLE) {
                    throw new NotGenerated(fn + " of f64");
                }
                yield function(fn, x);
            }
        };
    }

    private int function(UnaryFn fn, int x) {
        return switch (fn) {
            case EXP -> floats.exp(x);
            case EXPM1 -> floats.expm1(x);
            case LOG -> floats.log(x);
            case LOG1P -> floats.log1p(x);
            case TANH -> floats.tanh(x);
            case ERF -> floats.erf(x);
            case SIGMOID -> floats.sigmoid(x);
            case SOFTPLUS -> floats.softplus(x);
            case SIN -> floats.sin(x);
            case COS -> floats.cos(x);
            default -> throw new NotGenerated(fn.toString());
        };
    }

    private int integerUnary(UnaryFn fn, DType type, Lane lane, int x) {
        return switch (fn) {
            case NEG -> wrap(type, c.negate(x));
            case ABS -> type.isUnsigned() ? x : wrap(type, c.abs(x));
            case SIGN -> {
                int zero = c.integer(lane, 0);
                int negative = c.select(c.less(x, zero), c.integer(lane, -1), zero);
                yield c.select(c.greater(x, zero), c.integer(lane, 1), negative);
            }
            case NOT -> wrap(type, c.apply(Kind.NOT, x));
            default -> throw new NotGenerated(fn + " of " + type);
        };
    }

    /// The low bits of a lane, extended as the type says.
    private int wrap(DType type, int x) {
        return switch (type) {
            case I8, I16 -> {
                int rest = INT_BITS - type.bits();
                yield c.shift(Kind.SHIFT_RIGHT, c.shift(Kind.SHIFT_LEFT, x, rest), rest);
            }
            case U8, U16 -> c.and(x, c.constant((1 << type.bits()) - 1));
            case I32, I64, BOOL -> x;
            default -> throw new NotGenerated("elements of " + type);
        };
    }

    private int binary(BinaryFn fn, DType type, int a, int b) {
        Lane lane = Lane.of(type);
        if (lane == Lane.MASK) {
            return truth(fn, a, b);
        }
        return switch (fn) {
            case ADD -> wrap(type, lane, c.plus(a, b));
            case SUB -> wrap(type, lane, c.minus(a, b));
            case MUL -> wrap(type, lane, c.times(a, b));
            case MIN -> c.apply(Kind.MIN, a, b);
            case MAX -> c.apply(Kind.MAX, a, b);
            case AND -> c.and(a, b);
            case OR -> c.or(a, b);
            case XOR -> c.apply(Kind.XOR, a, b);
            case LT -> c.less(a, b);
            case LE -> c.compare(Kind.LE, a, b);
            case GT -> c.greater(a, b);
            case GE -> c.compare(Kind.GE, a, b);
            case EQ -> c.compare(Kind.EQ, a, b);
            case NE -> c.compare(Kind.NE, a, b);
            case DIV -> {
                if (!lane.isReal()) {
                    throw new NotGenerated("a division of integers");
                }
                yield c.over(a, b);
            }
            case MOD, REM, POW, SHL, SHR, ATAN2 -> throw new NotGenerated(fn + " of " + type);
        };
    }

    private int wrap(DType type, Lane lane, int x) {
        return lane.isReal() ? x : wrap(type, x);
    }

    private int truth(BinaryFn fn, int a, int b) {
        return switch (fn) {
            case AND, MIN -> c.and(a, b);
            case OR, MAX -> c.or(a, b);
            case XOR, NE -> c.apply(Kind.XOR, a, b);
            case EQ -> c.apply(Kind.NOT, c.apply(Kind.XOR, a, b));
            case LT -> c.and(c.apply(Kind.NOT, a), b);
            case LE -> c.or(c.apply(Kind.NOT, a), b);
            case GT -> c.and(a, c.apply(Kind.NOT, b));
            case GE -> c.or(a, c.apply(Kind.NOT, b));
            case ADD, SUB, MUL, DIV, MOD, REM, POW, SHL, SHR, ATAN2 -> throw new NotGenerated(fn + " of bool");
        };
    }

    /// The exponents that [BinaryFn#POW] defines by elementary operations.
    private int power(int x, Expr exponent) {
        if (c.lane(x).isReal() && exponent instanceof Expr.Const constant) {
            if (constant.is(2)) {
                return c.times(x, x);
            }
            if (constant.is(3)) {
                return c.times(c.times(x, x), x);
            }
            if (constant.is(0.5)) {
                return c.apply(Kind.SQRT, x);
            }
            if (constant.is(-1)) {
                return c.over(c.real(c.lane(x), 1), x);
            }
        }
        throw new NotGenerated("POW");
    }

    private int cast(DType from, DType to, int x) {
        if (to == DType.F32 ? from.computeType() == to : to == from && to.computeType() == to) {
            return x;
        }
        Lane source = c.lane(x);
        Lane target = Lane.of(to);
        if (target == Lane.MASK) {
            return c.compare(Kind.NE, x, source.isReal() ? c.real(source, 0) : c.integer(source, 0));
        }
        if (source == Lane.MASK) {
            return target.isReal()
                    ? c.select(x, c.real(target, 1), c.real(target, 0))
                    : c.select(x, c.integer(target, 1), c.integer(target, 0));
        }
        if (to == DType.BF16) {
            if (source == Lane.DOUBLE) {
                throw new NotGenerated("a cast of f64 to bf16");
            }
            return toBFloat16(c.convert(target, x));
        }
        int converted = c.convert(target, x);
        return target.isReal() || isWithin(x, to) ? converted : wrap(to, converted);
    }

    /// Whether floats are kept between two numbers that integers of `type` have: between them there is nothing to wrap,
    /// nor is 0, which NaN becomes, outside.
    private boolean isWithin(int x, DType type) {
        LaneOp min = c.op(x);
        if (c.lane(x) != Lane.FLOAT || min.kind() != Kind.MIN || !type.isInteger() || type.bits() > Short.SIZE) {
            return false;
        }
        LaneOp max = c.op(min.operand(0));
        return max.kind() == Kind.MAX && isOf(type, max.operand(1)) && isOf(type, min.operand(1));
    }

    /// Whether an operation is a constant number that `type` has.
    private boolean isOf(DType type, int op) {
        if (c.op(op).kind() != Kind.CONST) {
            return false;
        }
        float value = Float.intBitsToFloat((int) c.op(op).bits());
        int lowest = type.isUnsigned() ? 0 : -(1 << (type.bits() - 1));
        return value >= lowest && value < lowest + (1 << type.bits());
    }

    /// The nearest value that has 16 bits, as a float.
    private int toBFloat16(int x) {
        int bits = c.bits(x);
        int odd = c.and(c.shift(Kind.SHIFT_RIGHT_UNSIGNED, bits, 16), c.constant(1));
        int rounded = c.and(c.plus(c.plus(bits, c.constant(0x7FFF)), odd), c.constant(0xFFFF_0000));
        return c.select(c.compare(Kind.NE, x, x), x, c.ofBits(rounded));
    }

    private int bitCast(DType from, DType to, int x) {
        if (from == to) {
            return x;
        }
        if ((from == DType.F32 && to == DType.I32) || (from == DType.F64 && to == DType.I64)) {
            return c.bits(x);
        }
        if ((from == DType.I32 && to == DType.F32) || (from == DType.I64 && to == DType.F64)) {
            return c.ofBits(x);
        }
        throw new NotGenerated("the bits of " + from + " as " + to);
    }

    /// A value as it is stored: `bf16` is rounded.
    int stored(DType type, int x) {
        return type == DType.BF16 ? toBFloat16(x) : x;
    }
}
