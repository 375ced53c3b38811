package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.Lane;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.LaneOp;
import dev.quern.cpu.codegen.LaneOp.Kind;
import dev.quern.cpu.codegen.NotGenerated;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Chooses instructions for operations on lanes: those that results need, each once. A truth value is a lane of ones or
/// of zeros.
final class Selection {
    private static final int SIGN = 0x8000_0000;
    private static final int MAGNITUDE = 0x7FFF_FFFF;
    private static final int ALL = -1;

    /// The first number beyond the integers of 32 bits.
    private static final float TOO_LARGE = 0x1p31f;

    // the numbers of comparisons: false where one side is NaN, but for the last two
    private static final int EQUAL = 0;
    private static final int LESS = 0x11;
    private static final int LESS_OR_EQUAL = 0x12;
    private static final int GREATER_OR_EQUAL = 0x1D;
    private static final int GREATER = 0x1E;
    private static final int UNORDERED = 3;
    private static final int NOT_EQUAL = 4;

    private final LaneCode code;

    /// How rows meet the views of which scales may be read, or none.
    private final List<Access> views;

    private final List<Integer> scales = new ArrayList<>();
    private final int[] selected;
    private final List<Insn> insns = new ArrayList<>();
    private final Map<Insn, Integer> numbers = new HashMap<>();

    private Selection(LaneCode code, List<Access> views) {
        this.code = code;
        this.views = views;
        this.selected = new int[code.size()];
        Arrays.fill(selected, Insn.NONE);
    }

    /// Instructions in an order in which they can run.
    ///
    /// @param results the numbers of those that are the results
    /// @param scales the views of scales that have to [fit][VariableScale#fits]
    record Chosen(List<Insn> insns, List<Integer> results, List<Integer> scales) {}

    /// @param results operations of `code`
    /// @throws NotGenerated where an operation has no instructions here
    static Chosen of(LaneCode code, int[] results) {
        return of(code, results, List.of());
    }

    /// The same with no division by scales that fit.
    ///
    /// @param views how rows meet them
    static Chosen of(LaneCode code, int[] results, List<Access> views) {
        Selection selection = new Selection(code, views);
        List<Integer> chosen =
                Arrays.stream(results).mapToObj(selection::select).toList();
        return new Chosen(List.copyOf(selection.insns), chosen, List.copyOf(selection.scales));
    }

    private int add(Insn insn) {
        return numbers.computeIfAbsent(insn, i -> {
            insns.add(i);
            return insns.size() - 1;
        });
    }

    private int constant(int bits) {
        return add(new Insn.Constant(bits));
    }

    private int apply(VectorOp op, int x, int y) {
        return add(new Insn.Apply(op, x, y, 0));
    }

    private int compare(int number, int x, int y) {
        return add(new Insn.Apply(VectorOp.COMPARE, x, y, number));
    }

    private int not(int x) {
        return apply(VectorOp.XOR, x, constant(ALL));
    }

    private int select(int op) {
        if (selected[op] == Insn.NONE) {
            selected[op] = chosen(code.op(op));
        }
        return selected[op];
    }

    private int chosen(LaneOp op) {
        if (op.lane() == Lane.DOUBLE || op.lane() == Lane.LONG) {
            throw new NotGenerated("lanes of 64 bits");
        }
        return switch (op.kind()) {
            case LOAD -> add(new Insn.Load((int) op.bits(), 0));
            case CONST -> constant(op.lane() == Lane.MASK ? -(int) op.bits() : (int) op.bits());
            case ADD -> binary(op, VectorOp.ADD, VectorOp.ADD_INTEGERS);
            case SUB -> difference(op);
            case MUL -> binary(op, VectorOp.MULTIPLY, VectorOp.MULTIPLY_INTEGERS);
            case DIV -> apply(VectorOp.DIVIDE, operand(op, 0), operand(op, 1));
            case FMA -> add(new Insn.Fma(operand(op, 0), operand(op, 1), operand(op, 2)));
            case NEG -> negative(op);
            case ABS ->
                op.lane() == Lane.FLOAT
                        ? apply(VectorOp.AND, operand(op, 0), constant(MAGNITUDE))
                        : apply(VectorOp.MAGNITUDE_OF_INTEGERS, Insn.NONE, operand(op, 0));
            case SQRT -> apply(VectorOp.SQUARE_ROOT, Insn.NONE, operand(op, 0));
            case ROUND -> apply(VectorOp.ROUND, Insn.NONE, operand(op, 0));
            case MIN, MAX -> extreme(op);
            case AND -> apply(VectorOp.AND, operand(op, 0), operand(op, 1));
            case OR -> apply(VectorOp.OR, operand(op, 0), operand(op, 1));
            case XOR -> apply(VectorOp.XOR, operand(op, 0), operand(op, 1));
            case NOT -> not(operand(op, 0));
            case SHIFT_LEFT -> shift(Insn.Direction.LEFT, op);
            case SHIFT_RIGHT -> shift(Insn.Direction.RIGHT, op);
            case SHIFT_RIGHT_UNSIGNED -> shift(Insn.Direction.RIGHT_UNSIGNED, op);
            case LT, LE, GT, GE, EQ, NE -> comparison(op);
            case SELECT -> choice(op);
            case BITS, OF_BITS -> operand(op, 0);
            case CONVERT ->
                op.lane() == Lane.FLOAT ? apply(VectorOp.TO_FLOATS, Insn.NONE, operand(op, 0)) : toIntegers(op);
            case RARE_SINE, RARE_COSINE -> throw new NotGenerated(op.kind().toString());
        };
    }

    /// As Java's cast: NaN is 0, and what is too large the greatest integer, whose bits are those of the lowest one
    /// turned over.
    private int toIntegers(LaneOp op) {
        Quantisation bytes = Quantisation.of(code, op);
        int level = bytes == null ? Insn.NONE : level(bytes);
        if (bytes != null && level != Insn.NONE) {
            return bytes.zero() == 0 ? level : apply(VectorOp.ADD_INTEGERS, level, constant(bytes.zero()));
        }
        VariableScale variable = views.isEmpty() ? null : VariableScale.of(code, op, views);
        if (variable != null) {
            return quantised(variable);
        }
        int x = op.operand(0);
        int from = select(x);
        int integers = apply(VectorOp.TO_INTEGERS, Insn.NONE, from);
        LaneOp bound = code.op(x);
        boolean small = bound.kind() == Kind.MIN && isBelow(TOO_LARGE, bound.operand(1));
        int nearest = small
                ? integers
                : apply(
                        VectorOp.XOR,
                        integers,
                        compare(GREATER_OR_EQUAL, from, constant(Float.floatToRawIntBits(TOO_LARGE))));
        return apply(VectorOp.AND, nearest, compare(EQUAL, from, from));
    }

    /// The level of a quantised number, or [Insn#NONE] where only the division finds it.
    private int level(Quantisation bytes) {
        Quantisation.Product by = bytes.product().orElse(null);
        if (by == null) {
            return Insn.NONE;
        }
        int x = select(bytes.x());
        int least = constant(Float.floatToRawIntBits(by.least()));
        int greatest = constant(Float.floatToRawIntBits(by.greatest()));
        int kept = apply(VectorOp.MIN, apply(VectorOp.MAX, x, least), greatest);
        int rest = apply(VectorOp.MULTIPLY, kept, constant(Float.floatToRawIntBits(by.low())));
        int ratio = add(new Insn.Fma(kept, constant(Float.floatToRawIntBits(by.high())), rest));
        int level = apply(VectorOp.TO_NEAREST_INTEGERS, Insn.NONE, ratio);
        return bytes.isLowestOfNaN()
                ? level
                : add(new Insn.Blend(level, constant(-bytes.zero()), compare(UNORDERED, x, x)));
    }

    /// The instructions of a [VariableScale]; those without x are the same for a row.
    private int quantised(VariableScale bytes) {
        LaneOp zeroOp = code.op(bytes.zero());
        scales.add((int) code.op(bytes.scale()).bits());
        int one = constant(Float.floatToRawIntBits(1));
        int scale = select(bytes.scale());
        int zero = select(bytes.zero());
        int minus = apply(VectorOp.XOR, scale, constant(SIGN));
        int high = apply(VectorOp.DIVIDE, one, scale);
        int rest = apply(VectorOp.MULTIPLY, add(new Insn.Fma(minus, high, one)), high);
        int least = apply(VectorOp.SUBTRACT, constant(Float.floatToRawIntBits(-0.25f)), zero);
        int greatest = apply(VectorOp.SUBTRACT, constant(Float.floatToRawIntBits(255.25f)), zero);
        int above = apply(VectorOp.MAX, select(bytes.x()), apply(VectorOp.MULTIPLY, least, scale));
        int x = apply(VectorOp.MIN, above, apply(VectorOp.MULTIPLY, greatest, scale));
        int near = add(new Insn.Fma(x, high, apply(VectorOp.MULTIPLY, x, rest)));
        int ratio = add(new Insn.Fma(add(new Insn.Fma(near, minus, x)), high, near));
        int level = apply(VectorOp.TO_NEAREST_INTEGERS, Insn.NONE, ratio);
        if (zeroOp.kind() == Kind.CONVERT) {
            return apply(VectorOp.ADD_INTEGERS, level, operand(zeroOp, 0));
        }
        int integer = (int) Float.intBitsToFloat((int) zeroOp.bits());
        return integer == 0 ? level : apply(VectorOp.ADD_INTEGERS, level, constant(integer));
    }

    /// A byte less its zero point is its level.
    private int difference(LaneOp op) {
        LaneOp zero = code.op(op.operand(1));
        Quantisation bytes = Quantisation.of(code, code.op(op.operand(0)));
        if (bytes != null && zero.kind() == Kind.CONST && zero.bits() == bytes.zero()) {
            int level = level(bytes);
            if (level != Insn.NONE) {
                return level;
            }
        }
        return binary(op, VectorOp.SUBTRACT, VectorOp.SUBTRACT_INTEGERS);
    }

    private boolean isBelow(float limit, int op) {
        return code.op(op).kind() == Kind.CONST
                && Float.intBitsToFloat((int) code.op(op).bits()) < limit;
    }

    private int operand(LaneOp op, int k) {
        return select(op.operand(k));
    }

    private Lane laneOf(LaneOp op, int k) {
        return code.lane(op.operand(k));
    }

    private int binary(LaneOp op, VectorOp ofFloats, VectorOp ofIntegers) {
        return apply(op.lane() == Lane.FLOAT ? ofFloats : ofIntegers, operand(op, 0), operand(op, 1));
    }

    private int shift(Insn.Direction direction, LaneOp op) {
        return add(new Insn.Shift(direction, operand(op, 0), (int) op.bits()));
    }

    private int negative(LaneOp op) {
        if (op.lane() != Lane.FLOAT) {
            return apply(VectorOp.SUBTRACT_INTEGERS, constant(0), operand(op, 0));
        }
        LaneOp x = code.op(op.operand(0));
        return x.kind() == Kind.ABS
                ? apply(VectorOp.OR, operand(x, 0), constant(SIGN))
                : apply(VectorOp.XOR, operand(op, 0), constant(SIGN));
    }

    private int comparison(LaneOp op) {
        int a = operand(op, 0);
        int b = operand(op, 1);
        if (laneOf(op, 0) == Lane.FLOAT) {
            return compare(
                    switch (op.kind()) {
                        case LT -> LESS;
                        case LE -> LESS_OR_EQUAL;
                        case GT -> GREATER;
                        case GE -> GREATER_OR_EQUAL;
                        case EQ -> EQUAL;
                        default -> NOT_EQUAL;
                    },
                    a,
                    b);
        }
        return switch (op.kind()) {
            case LT -> apply(VectorOp.GREATER_INTEGERS, b, a);
            case LE -> not(apply(VectorOp.GREATER_INTEGERS, a, b));
            case GT -> apply(VectorOp.GREATER_INTEGERS, a, b);
            case GE -> not(apply(VectorOp.GREATER_INTEGERS, b, a));
            case EQ -> apply(VectorOp.EQUAL_INTEGERS, a, b);
            default -> not(apply(VectorOp.EQUAL_INTEGERS, a, b));
        };
    }

    private boolean isZero(int op) {
        return code.op(op).kind() == Kind.CONST && code.op(op).bits() == 0;
    }

    /// `min` and `max` of the processor are choices by comparison, and a choice of zero is a mask.
    private int choice(LaneOp op) {
        LaneOp condition = code.op(op.operand(0));
        int yes = op.operand(1);
        int no = op.operand(2);
        boolean less = condition.kind() == Kind.LT;
        if ((less || condition.kind() == Kind.GT) && laneOf(condition, 0) == Lane.FLOAT) {
            int a = condition.operand(0);
            int b = condition.operand(1);
            if (yes == a && no == b) {
                return apply(less ? VectorOp.MIN : VectorOp.MAX, select(a), select(b));
            }
            if (yes == b && no == a) {
                return apply(less ? VectorOp.MAX : VectorOp.MIN, select(b), select(a));
            }
        }
        int mask = operand(op, 0);
        if (isZero(no)) {
            return apply(VectorOp.AND, mask, select(yes));
        }
        if (isZero(yes)) {
            return apply(VectorOp.AND_NOT, mask, select(no));
        }
        return add(new Insn.Blend(select(no), select(yes), mask));
    }

    /// As `Math.min` and `Math.max`. The instructions give their second operand where both are zeros or one is NaN:
    /// so that comes second which is the one by its sign, and a NaN that came first is put back.
    private int extreme(LaneOp op) {
        boolean max = op.kind() == Kind.MAX;
        int a = operand(op, 0);
        int b = operand(op, 1);
        if (op.lane() != Lane.FLOAT) {
            return apply(max ? VectorOp.MAX_INTEGERS : VectorOp.MIN_INTEGERS, a, b);
        }
        VectorOp either = max ? VectorOp.MAX : VectorOp.MIN;
        int signThatLoses = max ? 0 : SIGN;
        if (isNumberBut(signThatLoses, op.operand(1))) {
            return apply(either, b, a);
        }
        if (isNumberBut(signThatLoses, op.operand(0))) {
            return apply(either, a, b);
        }
        int first = add(new Insn.Blend(max ? a : b, max ? b : a, b));
        int second = add(new Insn.Blend(max ? b : a, max ? a : b, b));
        int isNan = compare(UNORDERED, first, first);
        return add(new Insn.Blend(apply(either, first, second), first, isNan));
    }

    /// Whether an operation is a constant, no NaN and not the zero with these bits.
    private boolean isNumberBut(int zero, int op) {
        LaneOp constant = code.op(op);
        return constant.kind() == Kind.CONST
                && (int) constant.bits() != zero
                && !Float.isNaN(Float.intBitsToFloat((int) constant.bits()));
    }
}
