package dev.quern.cpu.codegen;

import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import dev.quern.cpu.codegen.LaneOp.Kind;
import dev.quern.expr.BinaryFn;
import dev.quern.tensor.DType;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;

/// Writes operations on lanes as byte code for one element: the same operations as [VectorForm], for what is left over
/// at the end of a run.
final class ScalarForm {
    private static final ClassDesc MATH = VectorForm.desc(Math.class);
    private static final ClassDesc STRICT_MATH = VectorForm.desc(StrictMath.class);
    private static final ClassDesc FLOAT = VectorForm.desc(Float.class);
    private static final ClassDesc DOUBLE = VectorForm.desc(Double.class);

    private final CodeBuilder to;
    private final LaneCode code;
    private final List<Access> views;
    private final int[] slots;

    ScalarForm(CodeBuilder to, LaneCode code, List<Access> views) {
        this.to = to;
        this.code = code;
        this.views = views;
        this.slots = new int[code.size()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = to.allocateLocal(code.lane(i).kind);
        }
    }

    void push(int op) {
        to.loadLocal(code.lane(op).kind, slots[op]);
    }

    private void pushAll(LaneOp op) {
        op.operands().forEach(this::push);
    }

    static void pushConstant(CodeBuilder to, LaneOp op) {
        switch (op.lane()) {
            case FLOAT -> to.loadConstant(Float.intBitsToFloat((int) op.bits()));
            case DOUBLE -> to.loadConstant(Double.longBitsToDouble(op.bits()));
            case LONG -> to.loadConstant(op.bits());
            case INT, MASK -> to.loadConstant((int) op.bits());
        }
    }

    /// Writes operation `number`; elements are read at `at[view] + i`.
    void write(int number, int[] array, int[] at, int i) {
        LaneOp op = code.op(number);
        Lane lane = op.lane();
        switch (op.kind()) {
            case LOAD -> {
                Access view = views.get((int) op.bits());
                to.aload(array[(int) op.bits()]).iload(at[(int) op.bits()]);
                if (!view.repeated()) {
                    to.iload(i).iadd();
                }
                Elements.pushElement(to, view.dtype());
            }
            case CONST -> pushConstant(to, op);
            case ADD, SUB, MUL, DIV, NEG -> {
                pushAll(op);
                arithmetic(op.kind(), lane);
            }
            case FMA -> {
                pushAll(op);
                to.invokestatic(MATH, "fma", MethodTypeDesc.of(lane.scalar, lane.scalar, lane.scalar, lane.scalar));
            }
            case ABS, MIN, MAX -> {
                pushAll(op);
                ClassDesc[] parameters =
                        op.operands().stream().map(o -> lane.scalar).toArray(ClassDesc[]::new);
                String name = op.kind().name().toLowerCase(java.util.Locale.ROOT);
                to.invokestatic(MATH, name, MethodTypeDesc.of(lane.scalar, parameters));
            }
            case SQRT -> squareRoot(op);
            case ROUND -> throw new NotGenerated("a rounding at once");
            case AND, OR, XOR -> {
                pushAll(op);
                logic(op.kind(), lane);
            }
            case NOT -> {
                pushAll(op);
                if (lane == Lane.LONG) {
                    to.loadConstant(-1L).lxor();
                } else {
                    to.loadConstant(lane == Lane.MASK ? 1 : -1).ixor();
                }
            }
            case SHIFT_LEFT, SHIFT_RIGHT, SHIFT_RIGHT_UNSIGNED -> {
                pushAll(op);
                to.loadConstant((int) op.bits());
                shift(op.kind(), lane);
            }
            case LT, LE, GT, GE, EQ, NE -> {
                pushAll(op);
                compare(op.kind(), code.lane(op.operand(0)));
            }
            case SELECT -> select(op);
            case BITS -> {
                pushAll(op);
                if (lane == Lane.INT) {
                    to.invokestatic(FLOAT, "floatToRawIntBits", MethodTypeDesc.of(CD_int, CD_float));
                } else {
                    to.invokestatic(DOUBLE, "doubleToRawLongBits", MethodTypeDesc.of(CD_long, CD_double));
                }
            }
            case OF_BITS -> {
                pushAll(op);
                if (lane == Lane.FLOAT) {
                    to.invokestatic(FLOAT, "intBitsToFloat", MethodTypeDesc.of(CD_float, CD_int));
                } else {
                    to.invokestatic(DOUBLE, "longBitsToDouble", MethodTypeDesc.of(CD_double, CD_long));
                }
            }
            case CONVERT -> {
                pushAll(op);
                to.conversion(code.lane(op.operand(0)).kind, lane.kind);
            }
            case RARE_SINE -> rare(op, "sin");
            case RARE_COSINE -> rare(op, "cos");
        }
        to.storeLocal(lane.kind, slots[number]);
    }

    /// With two values on the stack: what a reduction makes of them.
    void combine(BinaryFn fn, Lane lane) {
        switch (fn) {
            case ADD -> arithmetic(Kind.ADD, lane);
            case MUL -> arithmetic(Kind.MUL, lane);
            case MIN -> to.invokestatic(MATH, "min", MethodTypeDesc.of(lane.scalar, lane.scalar, lane.scalar));
            case MAX -> to.invokestatic(MATH, "max", MethodTypeDesc.of(lane.scalar, lane.scalar, lane.scalar));
            default -> throw new NotGenerated("a reduction by " + fn);
        }
    }

    private void arithmetic(Kind kind, Lane lane) {
        switch (lane) {
            case FLOAT -> {
                switch (kind) {
                    case ADD -> to.fadd();
                    case SUB -> to.fsub();
                    case MUL -> to.fmul();
                    case DIV -> to.fdiv();
                    default -> to.fneg();
                }
            }
            case DOUBLE -> {
                switch (kind) {
                    case ADD -> to.dadd();
                    case SUB -> to.dsub();
                    case MUL -> to.dmul();
                    case DIV -> to.ddiv();
                    default -> to.dneg();
                }
            }
            case LONG -> {
                switch (kind) {
                    case ADD -> to.ladd();
                    case SUB -> to.lsub();
                    case MUL -> to.lmul();
                    default -> to.lneg();
                }
            }
            case INT, MASK -> {
                switch (kind) {
                    case ADD -> to.iadd();
                    case SUB -> to.isub();
                    case MUL -> to.imul();
                    default -> to.ineg();
                }
            }
        }
    }

    private void squareRoot(LaneOp op) {
        push(op.operand(0));
        if (op.lane() == Lane.FLOAT) {
            to.f2d();
        }
        to.invokestatic(MATH, "sqrt", MethodTypeDesc.of(CD_double, CD_double));
        if (op.lane() == Lane.FLOAT) {
            to.d2f();
        }
    }

    private void logic(Kind kind, Lane lane) {
        boolean wide = lane == Lane.LONG;
        switch (kind) {
            case AND -> {
                if (wide) {
                    to.land();
                } else {
                    to.iand();
                }
            }
            case OR -> {
                if (wide) {
                    to.lor();
                } else {
                    to.ior();
                }
            }
            default -> {
                if (wide) {
                    to.lxor();
                } else {
                    to.ixor();
                }
            }
        }
    }

    private void shift(Kind kind, Lane lane) {
        boolean wide = lane == Lane.LONG;
        switch (kind) {
            case SHIFT_LEFT -> {
                if (wide) {
                    to.lshl();
                } else {
                    to.ishl();
                }
            }
            case SHIFT_RIGHT -> {
                if (wide) {
                    to.lshr();
                } else {
                    to.ishr();
                }
            }
            default -> {
                if (wide) {
                    to.lushr();
                } else {
                    to.iushr();
                }
            }
        }
    }

    /// Leaves 1 or 0 on the stack; a comparison with NaN is false, but that NE is true.
    private void compare(Kind kind, Lane lane) {
        boolean less = kind == Kind.LT || kind == Kind.LE;
        switch (lane) {
            case FLOAT -> {
                if (less) {
                    to.fcmpg();
                } else {
                    to.fcmpl();
                }
            }
            case DOUBLE -> {
                if (less) {
                    to.dcmpg();
                } else {
                    to.dcmpl();
                }
            }
            case LONG -> to.lcmp();
            case INT, MASK ->
                to.invokestatic(VectorForm.desc(Integer.class), "compare", MethodTypeDesc.of(CD_int, CD_int, CD_int));
        }
        Label yes = to.newLabel();
        Label end = to.newLabel();
        switch (kind) {
            case LT -> to.iflt(yes);
            case LE -> to.ifle(yes);
            case GT -> to.ifgt(yes);
            case GE -> to.ifge(yes);
            case EQ -> to.ifeq(yes);
            default -> to.ifne(yes);
        }
        to.iconst_0().goto_(end).labelBinding(yes).iconst_1().labelBinding(end);
    }

    private void select(LaneOp op) {
        Label no = to.newLabel();
        Label end = to.newLabel();
        push(op.operand(0));
        to.ifeq(no);
        push(op.operand(1));
        to.goto_(end).labelBinding(no);
        push(op.operand(2));
        to.labelBinding(end);
    }

    private void rare(LaneOp op, String function) {
        Label usual = to.newLabel();
        Label end = to.newLabel();
        push(op.operand(2));
        to.ifeq(usual);
        push(op.operand(1));
        to.f2d()
                .invokestatic(STRICT_MATH, function, MethodTypeDesc.of(CD_double, CD_double))
                .d2f()
                .goto_(end)
                .labelBinding(usual);
        push(op.operand(0));
        to.labelBinding(end);
    }

    /// Stores the value of an operation into the element of `type` at `at + i`.
    void store(int number, DType type, int array, int at, int i) {
        to.aload(array).iload(at).iload(i).iadd();
        push(number);
        Elements.storeElement(to, type);
    }
}
