package dev.quern.cpu.codegen;

import dev.quern.cpu.codegen.LaneOp.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Straight-line code over lanes: what expressions become before they are written as vector or as scalar byte code.
/// Equal operations are one. Operations are known by their numbers.
public final class LaneCode {
    /// More than these would make a method that the compiler gives up on.
    private static final int MOST = 420;

    private final boolean rounds;
    private final List<LaneOp> ops = new ArrayList<>();
    private final Map<LaneOp, Integer> numbers = new HashMap<>();

    private LaneCode(boolean rounds) {
        this.rounds = rounds;
    }

    /// Code that becomes instructions of a processor, which has one that rounds.
    public static LaneCode ofInstructions() {
        return new LaneCode(true);
    }

    /// Code that becomes byte code; the Vector API has no rounding.
    static LaneCode ofByteCode() {
        return new LaneCode(false);
    }

    /// Whether ROUND is an operation.
    boolean rounds() {
        return rounds;
    }

    public int size() {
        return ops.size();
    }

    public LaneOp op(int number) {
        return ops.get(number);
    }

    public Lane lane(int number) {
        return ops.get(number).lane();
    }

    /// The width of the widest lane, in bits.
    int widest() {
        return ops.stream().mapToInt(o -> o.lane().bits).max().orElse(0);
    }

    private int add(LaneOp op) {
        return numbers.computeIfAbsent(op, o -> {
            if (ops.size() == MOST) {
                throw new NotGenerated("more than " + MOST + " operations");
            }
            ops.add(o);
            return ops.size() - 1;
        });
    }

    /// The element of a view.
    int load(int view, Lane lane) {
        return add(new LaneOp(Kind.LOAD, lane, List.of(), view));
    }

    int constant(float value) {
        return add(new LaneOp(Kind.CONST, Lane.FLOAT, List.of(), Float.floatToRawIntBits(value)));
    }

    int constant(double value) {
        return add(new LaneOp(Kind.CONST, Lane.DOUBLE, List.of(), Double.doubleToRawLongBits(value)));
    }

    int constant(int value) {
        return add(new LaneOp(Kind.CONST, Lane.INT, List.of(), value));
    }

    /// An integer (or truth value) of a lane.
    int integer(Lane lane, long value) {
        return add(new LaneOp(Kind.CONST, lane, List.of(), value));
    }

    /// A number as a lane of floats.
    int real(Lane lane, double value) {
        return lane == Lane.FLOAT ? constant((float) value) : constant(value);
    }

    int apply(Kind kind, int a) {
        return add(new LaneOp(kind, lane(a), List.of(a), 0));
    }

    int apply(Kind kind, int a, int b) {
        return add(new LaneOp(kind, lane(a), List.of(a, b), 0));
    }

    int compare(Kind kind, int a, int b) {
        return add(new LaneOp(kind, Lane.MASK, List.of(a, b), 0));
    }

    int select(int condition, int yes, int no) {
        return add(new LaneOp(Kind.SELECT, lane(yes), List.of(condition, yes, no), 0));
    }

    int fma(int a, int b, int c) {
        return add(new LaneOp(Kind.FMA, lane(a), List.of(a, b, c), 0));
    }

    int shift(Kind kind, int a, int distance) {
        return add(new LaneOp(kind, lane(a), List.of(a), distance));
    }

    int bits(int a) {
        return add(new LaneOp(Kind.BITS, lane(a).integer(), List.of(a), 0));
    }

    int ofBits(int a) {
        return add(new LaneOp(Kind.OF_BITS, lane(a) == Lane.LONG ? Lane.DOUBLE : Lane.FLOAT, List.of(a), 0));
    }

    int convert(Lane to, int a) {
        if (lane(a) == Lane.INT && to == Lane.FLOAT && op(a).kind() == Kind.CONST) {
            return constant((float) (int) op(a).bits());
        }
        return lane(a) == to ? a : add(new LaneOp(Kind.CONVERT, to, List.of(a), 0));
    }

    int rare(Kind kind, int value, int x, int where) {
        return add(new LaneOp(kind, lane(value), List.of(value, x, where), 0));
    }

    int plus(int a, int b) {
        return apply(Kind.ADD, a, b);
    }

    int minus(int a, int b) {
        boolean same = lane(b) == Lane.INT && op(b).kind() == Kind.CONST && op(b).bits() == 0;
        return same ? a : apply(Kind.SUB, a, b);
    }

    int times(int a, int b) {
        return apply(Kind.MUL, a, b);
    }

    int over(int a, int b) {
        return apply(Kind.DIV, a, b);
    }

    int abs(int a) {
        return apply(Kind.ABS, a);
    }

    int negate(int a) {
        return apply(Kind.NEG, a);
    }

    int less(int a, int b) {
        return compare(Kind.LT, a, b);
    }

    int greater(int a, int b) {
        return compare(Kind.GT, a, b);
    }

    int and(int a, int b) {
        return apply(Kind.AND, a, b);
    }

    int or(int a, int b) {
        return apply(Kind.OR, a, b);
    }
}
