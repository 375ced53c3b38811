package dev.quern.cpu.codegen;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.quern.cpu.codegen.LaneOp.Kind;
import dev.quern.tensor.DType;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Writes operations on lanes as calls of the Vector API, one vector of each operand at a time. The compiler turns each
/// call into an instruction or a few; no vector leaves the method.
final class VectorForm {
    private static final ClassDesc VECTOR = desc(Vector.class);
    private static final ClassDesc MASK = desc(VectorMask.class);
    private static final ClassDesc SPECIES = desc(VectorSpecies.class);
    private static final ClassDesc OPERATORS = desc(VectorOperators.class);
    private static final ClassDesc COMPARISON = desc(VectorOperators.Comparison.class);
    private static final ClassDesc CONVERSION = desc(VectorOperators.Conversion.class);
    private static final ClassDesc BINARY = desc(VectorOperators.Binary.class);
    private static final ClassDesc ASSOCIATIVE = desc(VectorOperators.Associative.class);
    private static final ClassDesc BYTES = desc(ByteVector.class);
    private static final ClassDesc SHORTS = desc(ShortVector.class);
    private static final ClassDesc RARE = desc(RareAngles.class);

    private final CodeBuilder to;
    private final LaneCode code;
    private final List<Access> views;
    private final int lanes;
    private final int[] slots;

    /// @param lanes lanes in each vector
    VectorForm(CodeBuilder to, LaneCode code, List<Access> views, int lanes) {
        this.to = to;
        this.code = code;
        this.views = views;
        this.lanes = lanes;
        this.slots = new int[code.size()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = to.allocateLocal(TypeKind.REFERENCE);
        }
    }

    static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    void push(int op) {
        to.aload(slots[op]);
    }

    /// Pushes elements from `at` on of an array of lanes.
    void pushVector(Lane lane, int array, int at) {
        species(lane.vector, bits(lane));
        to.aload(array).loadConstant(at);
        ClassDesc elements = lane.scalar.arrayType();
        to.invokestatic(lane.vector, "fromArray", MethodTypeDesc.of(lane.vector, SPECIES, elements, CD_int));
    }

    /// Writes operation `number`; elements are read at `at[view] + i`.
    ///
    /// @param array the local variable of each view's array
    /// @param at the local variable of each view's address
    /// @param i the local variable of the position, or −1 for 0
    /// @param offset added to the position
    void write(int number, int[] array, int[] at, int i, int offset) {
        LaneOp op = code.op(number);
        switch (op.kind()) {
            case LOAD -> {
                int view = (int) op.bits();
                if (views.get(view).repeated()) {
                    broadcast(op.lane(), views.get(view).dtype(), array[view], at[view]);
                } else {
                    load(op.lane(), views.get(view).dtype(), () -> address(array[view], at[view], i, offset));
                }
            }
            case CONST -> constant(op);
            case ADD, SUB, MUL, DIV, MIN, MAX -> method(op, op.kind().name().toLowerCase(java.util.Locale.ROOT));
            case AND, OR -> logic(op, op.kind().name().toLowerCase(java.util.Locale.ROOT));
            case XOR -> exclusiveOr(op);
            case FMA -> {
                push(op.operand(0));
                push(op.operand(1));
                push(op.operand(2));
                to.invokevirtual(op.lane().vector, "fma", MethodTypeDesc.of(op.lane().vector, VECTOR, VECTOR));
            }
            case NEG, ABS, SQRT -> {
                push(op.operand(0));
                to.invokevirtual(
                        op.lane().vector,
                        op.kind().name().toLowerCase(java.util.Locale.ROOT),
                        MethodTypeDesc.of(op.lane().vector));
            }
            case ROUND -> throw new NotGenerated("a rounding at once");
            case NOT -> {
                push(op.operand(0));
                to.invokevirtual(
                        op.lane().vector, "not", MethodTypeDesc.of(op.lane() == Lane.MASK ? MASK : op.lane().vector));
            }
            case SHIFT_LEFT -> shift(op, "LSHL");
            case SHIFT_RIGHT -> shift(op, "ASHR");
            case SHIFT_RIGHT_UNSIGNED -> shift(op, "LSHR");
            case LT, LE, GT, GE, EQ, NE -> compare(op);
            case SELECT -> {
                push(op.operand(2));
                push(op.operand(1));
                mask(op.operand(0), op.lane());
                to.invokevirtual(op.lane().vector, "blend", MethodTypeDesc.of(op.lane().vector, VECTOR, MASK));
            }
            case BITS -> {
                push(op.operand(0));
                Lane from = code.lane(op.operand(0));
                to.invokevirtual(
                        from.vector,
                        from == Lane.FLOAT ? "reinterpretAsInts" : "reinterpretAsLongs",
                        MethodTypeDesc.of(op.lane().vector));
            }
            case OF_BITS -> {
                push(op.operand(0));
                to.invokevirtual(
                        code.lane(op.operand(0)).vector,
                        op.lane() == Lane.FLOAT ? "reinterpretAsFloats" : "reinterpretAsDoubles",
                        MethodTypeDesc.of(op.lane().vector));
            }
            case CONVERT -> {
                push(op.operand(0));
                Lane from = code.lane(op.operand(0));
                convert(letter(from) + "2" + letter(op.lane()), op.lane().vector, bits(op.lane()));
            }
            case RARE_SINE -> rare(op, "sines");
            case RARE_COSINE -> rare(op, "cosines");
        }
        to.astore(slots[number]);
    }

    private static String letter(Lane lane) {
        return lane.name().substring(0, 1);
    }

    private int bits(Lane lane) {
        return lanes * lane.bits;
    }

    private void address(int array, int at, int i, int offset) {
        to.aload(array).iload(at);
        if (i >= 0) {
            to.iload(i).iadd();
        }
        if (offset != 0) {
            to.loadConstant(offset).iadd();
        }
    }

    private void species(ClassDesc vector, int bits) {
        to.getstatic(vector, "SPECIES_" + bits, SPECIES);
    }

    private void convert(String conversion, ClassDesc target, int bits) {
        to.getstatic(OPERATORS, conversion, CONVERSION);
        species(target, bits);
        to.iconst_0()
                .invokevirtual(VECTOR, "convertShape", MethodTypeDesc.of(VECTOR, CONVERSION, SPECIES, CD_int))
                .checkcast(target);
    }

    private void load(Lane lane, DType type, Runnable pushAddress) {
        ClassDesc source = storage(lane, type);
        int bits = type == DType.BOOL ? lanes * Byte.SIZE : lanes * type.bits();
        species(source, bits);
        pushAddress.run();
        ClassDesc array = Elements.of(type).arrayType();
        to.invokestatic(source, "fromArray", MethodTypeDesc.of(source, SPECIES, array, CD_int));
        switch (type) {
            case BF16 -> {
                convert("S2I", Lane.INT.vector, bits(Lane.INT));
                shiftBy(Lane.INT, "LSHL", Short.SIZE);
                to.invokevirtual(Lane.INT.vector, "reinterpretAsFloats", MethodTypeDesc.of(Lane.FLOAT.vector));
            }
            case I8, BOOL -> convert("B2I", Lane.INT.vector, bits(Lane.INT));
            case U8 -> convert("ZERO_EXTEND_B2I", Lane.INT.vector, bits(Lane.INT));
            case I16 -> convert("S2I", Lane.INT.vector, bits(Lane.INT));
            case U16 -> convert("ZERO_EXTEND_S2I", Lane.INT.vector, bits(Lane.INT));
            default -> {}
        }
        if (lane == Lane.MASK) {
            to.getstatic(OPERATORS, "NE", COMPARISON)
                    .iconst_0()
                    .invokevirtual(Lane.INT.vector, "compare", MethodTypeDesc.of(MASK, COMPARISON, CD_int));
        }
    }

    /// The class of vectors of stored elements.
    private static ClassDesc storage(Lane lane, DType type) {
        return switch (type) {
            case I8, U8, BOOL -> BYTES;
            case I16, U16, BF16 -> SHORTS;
            default -> lane.vector;
        };
    }

    private void broadcast(Lane lane, DType type, int array, int at) {
        if (lane == Lane.MASK) {
            species(Lane.INT.vector, bits(Lane.INT));
            to.aload(array).iload(at);
            Elements.pushElement(to, type);
            maskAll();
            return;
        }
        species(lane.vector, bits(lane));
        to.aload(array).iload(at);
        Elements.pushElement(to, type);
        to.invokestatic(lane.vector, "broadcast", MethodTypeDesc.of(lane.vector, SPECIES, lane.scalar));
    }

    private void maskAll() {
        to.invokeinterface(SPECIES, "maskAll", MethodTypeDesc.of(MASK, CD_boolean));
    }

    private void constant(LaneOp op) {
        if (op.lane() == Lane.MASK) {
            species(Lane.INT.vector, bits(Lane.INT));
            to.loadConstant((int) op.bits());
            maskAll();
            return;
        }
        species(op.lane().vector, bits(op.lane()));
        ScalarForm.pushConstant(to, op);
        to.invokestatic(op.lane().vector, "broadcast", MethodTypeDesc.of(op.lane().vector, SPECIES, op.lane().scalar));
    }

    private void method(LaneOp op, String name) {
        push(op.operand(0));
        push(op.operand(1));
        to.invokevirtual(op.lane().vector, name, MethodTypeDesc.of(op.lane().vector, VECTOR));
    }

    private void logic(LaneOp op, String name) {
        if (op.lane() == Lane.MASK) {
            Lane home = home(op.operand(0));
            push(op.operand(0));
            mask(op.operand(1), home);
            to.invokevirtual(MASK, name, MethodTypeDesc.of(MASK, MASK));
        } else {
            method(op, name);
        }
    }

    private void exclusiveOr(LaneOp op) {
        if (op.lane() == Lane.MASK) {
            logic(op, "xor");
            return;
        }
        push(op.operand(0));
        to.getstatic(OPERATORS, "XOR", ASSOCIATIVE);
        push(op.operand(1));
        to.invokevirtual(op.lane().vector, "lanewise", MethodTypeDesc.of(op.lane().vector, BINARY, VECTOR));
    }

    private void shift(LaneOp op, String operator) {
        push(op.operand(0));
        shiftBy(op.lane(), operator, (int) op.bits());
    }

    private void shiftBy(Lane lane, String operator, int distance) {
        to.getstatic(OPERATORS, operator, BINARY);
        if (lane == Lane.LONG) {
            to.loadConstant((long) distance);
        } else {
            to.loadConstant(distance);
        }
        to.invokevirtual(
                lane.vector, "lanewise", MethodTypeDesc.of(lane.vector, BINARY, lane == Lane.LONG ? CD_long : CD_int));
    }

    private void compare(LaneOp op) {
        Lane lane = code.lane(op.operand(0));
        push(op.operand(0));
        to.getstatic(OPERATORS, op.kind().name(), COMPARISON);
        push(op.operand(1));
        to.invokevirtual(lane.vector, "compare", MethodTypeDesc.of(MASK, COMPARISON, VECTOR));
    }

    /// The lanes that the mask was made for.
    private Lane home(int number) {
        LaneOp op = code.op(number);
        return switch (op.kind()) {
            case LT, LE, GT, GE, EQ, NE -> code.lane(op.operand(0));
            case AND, OR, XOR, NOT -> home(op.operand(0));
            default -> Lane.INT;
        };
    }

    /// Pushes a mask as one for `lane`.
    private void mask(int number, Lane lane) {
        push(number);
        if (home(number) != lane) {
            species(lane.vector, bits(lane));
            to.invokevirtual(MASK, "cast", MethodTypeDesc.of(MASK, SPECIES));
        }
    }

    private void rare(LaneOp op, String function) {
        Label end = to.newLabel();
        Label usual = to.newLabel();
        push(op.operand(2));
        to.invokevirtual(MASK, "anyTrue", MethodTypeDesc.of(CD_boolean)).ifeq(usual);
        push(op.operand(0));
        push(op.operand(1));
        to.invokestatic(RARE, function, MethodTypeDesc.of(Lane.FLOAT.vector, Lane.FLOAT.vector, Lane.FLOAT.vector))
                .goto_(end)
                .labelBinding(usual);
        push(op.operand(0));
        to.labelBinding(end);
    }

    /// Stores the value of an operation into elements of `type` from `at + i + offset` on.
    void store(int number, DType type, int array, int at, int i, int offset) {
        Lane lane = code.lane(number);
        ClassDesc target = storage(lane, type);
        if (lane == Lane.MASK) {
            species(Lane.INT.vector, bits(Lane.INT));
            to.iconst_0().invokestatic(Lane.INT.vector, "broadcast", broadcastInt());
            to.iconst_1();
            mask(number, Lane.INT);
            to.invokevirtual(Lane.INT.vector, "blend", MethodTypeDesc.of(Lane.INT.vector, CD_int, MASK));
        } else {
            push(number);
        }
        switch (type) {
            case BF16 -> {
                to.invokevirtual(Lane.FLOAT.vector, "reinterpretAsInts", MethodTypeDesc.of(Lane.INT.vector));
                shiftBy(Lane.INT, "LSHR", Short.SIZE);
                convert("I2S", SHORTS, lanes * Short.SIZE);
            }
            case I8, U8, BOOL -> convert("I2B", BYTES, lanes * Byte.SIZE);
            case I16, U16 -> convert("I2S", SHORTS, lanes * Short.SIZE);
            default -> {}
        }
        address(array, at, i, offset);
        to.invokevirtual(
                target,
                "intoArray",
                MethodTypeDesc.of(CD_void, Elements.of(type).arrayType(), CD_int));
    }

    private static MethodTypeDesc broadcastInt() {
        return MethodTypeDesc.of(Lane.INT.vector, SPECIES, CD_int);
    }

    /// Whether an operation gives the same value for every position of a run.
    static boolean[] invariant(LaneCode code, List<Access> views) {
        boolean[] invariant = new boolean[code.size()];
        for (int i = 0; i < invariant.length; i++) {
            LaneOp op = code.op(i);
            invariant[i] = op.kind() == Kind.LOAD
                    ? views.get((int) op.bits()).repeated()
                    : op.operands().stream().allMatch(o -> invariant[o]);
        }
        return invariant;
    }
}
