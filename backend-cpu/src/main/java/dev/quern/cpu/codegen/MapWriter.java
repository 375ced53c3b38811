package dev.quern.cpu.codegen;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.quern.expr.StraightLine;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;

/// Writes a [MapKernel]: rows of whole vectors, what is left over in a row element by element.
final class MapWriter {
    static final ClassDesc OPERANDS = VectorForm.desc(Operands.class);
    private static final ClassDesc OBJECTS = CD_Object.arrayType();
    private static final ClassDesc INTS = CD_int.arrayType();
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(CD_void, OPERANDS, CD_int, CD_int);
    private static final int GIVEN = 1;
    private static final int ROWS = 2;
    private static final int N = 3;

    private final List<Access> views;
    private final LaneCode code = LaneCode.ofByteCode();
    private final int[] results;
    private final int lanes;

    /// @param line argument k is view k
    /// @param views as many as there are arguments, then those of the results
    /// @param vectorBits the width of a vector
    /// @throws NotGenerated where something has no vector form
    MapWriter(StraightLine line, List<Access> views, int vectorBits) {
        this.views = views;
        this.results = new Lowering(code).lowerToStore(line, views);
        this.lanes = lanes(code, views, vectorBits);
    }

    /// How many lanes every vector has: as many as the widest type of them lets into one.
    static int lanes(LaneCode code, List<Access> views, int vectorBits) {
        int lanes = vectorBits / Math.max(Integer.SIZE, code.widest());
        boolean crossesLong = false;
        for (int i = 0; i < code.size(); i++) {
            LaneOp op = code.op(i);
            crossesLong |= op.kind() == LaneOp.Kind.CONVERT
                    && op.lane().isReal() != code.lane(op.operand(0)).isReal()
                    && (op.lane() == Lane.LONG || code.lane(op.operand(0)) == Lane.LONG);
        }
        if (crossesLong && vectorBits < 512) {
            throw new NotGenerated("casts between i64 and floats in vectors of " + vectorBits + " bits");
        }
        for (Access view : views) {
            int bits = Elements.bits(view.dtype());
            if (!view.repeated() && bits * lanes < Long.SIZE) {
                throw new NotGenerated(view.dtype() + " beside a wider type in vectors of " + vectorBits + " bits");
            }
        }
        return lanes;
    }

    int lanes() {
        return lanes;
    }

    MapKernel write() {
        List<ClassDesc> arrays =
                views.stream().map(v -> Elements.of(v.dtype()).arrayType()).toList();
        MethodTypeDesc tail = Elements.method(arrays, CD_int, CD_int);
        return GeneratedClass.instance(
                MapKernel.class,
                c -> c.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, b -> run(b, arrays, tail))
                        .withMethodBody("tail", tail, ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC, this::tail));
    }

    /// Pushes arrays of the operands, argument 1.
    private static CodeBuilder given(CodeBuilder b, String what, ClassDesc type) {
        return b.aload(GIVEN).invokevirtual(OPERANDS, what, MethodTypeDesc.of(type));
    }

    /// Pushes the array of view `v` of the operands, argument 1.
    static void array(CodeBuilder b, int v, ClassDesc type) {
        given(b, "arrays", OBJECTS).loadConstant(v).aaload().checkcast(type);
    }

    /// Pushes number `v` of those of the operands that are called so.
    static void number(CodeBuilder b, String what, int v) {
        given(b, what, INTS).loadConstant(v).iaload();
    }

    private void run(CodeBuilder b, List<ClassDesc> arrays, MethodTypeDesc tail) {
        int count = views.size();
        int[] array = new int[count];
        int[] at = new int[count];
        int[] step = new int[count];
        for (int v = 0; v < count; v++) {
            array[v] = b.allocateLocal(TypeKind.REFERENCE);
            at[v] = b.allocateLocal(TypeKind.INT);
            step[v] = b.allocateLocal(TypeKind.INT);
            array(b, v, arrays.get(v));
            b.astore(array[v]);
            number(b, "at", v);
            b.istore(at[v]);
            number(b, "step", v);
            b.istore(step[v]);
        }
        int row = b.allocateLocal(TypeKind.INT);
        int i = b.allocateLocal(TypeKind.INT);
        int whole = b.allocateLocal(TypeKind.INT);
        b.iload(N).loadConstant(-lanes).iand().istore(whole);
        VectorForm vectors = new VectorForm(b, code, views, lanes);
        boolean[] invariant = VectorForm.invariant(code, views);
        Label rows = b.newLabel();
        Label end = b.newLabel();
        b.iconst_0().istore(row).labelBinding(rows).iload(row).iload(ROWS).if_icmpge(end);
        for (int op = 0; op < code.size(); op++) {
            if (invariant[op]) {
                vectors.write(op, array, at, -1, 0);
            }
        }
        Label loop = b.newLabel();
        Label rest = b.newLabel();
        b.iconst_0().istore(i).labelBinding(loop).iload(i).iload(whole).if_icmpge(rest);
        for (int op = 0; op < code.size(); op++) {
            if (!invariant[op]) {
                vectors.write(op, array, at, i, 0);
            }
        }
        for (int k = 0; k < results.length; k++) {
            int view = count - results.length + k;
            vectors.store(results[k], views.get(view).dtype(), array[view], at[view], i, 0);
        }
        b.iinc(i, lanes).goto_(loop).labelBinding(rest);
        Label next = b.newLabel();
        b.iload(whole).iload(N).if_icmpge(next);
        for (int v = 0; v < count; v++) {
            b.aload(array[v]);
        }
        for (int v = 0; v < count; v++) {
            b.iload(at[v]);
        }
        b.iload(whole).iload(N).invokestatic(GeneratedClass.SELF, "tail", tail).labelBinding(next);
        for (int v = 0; v < count; v++) {
            b.iload(at[v]).iload(step[v]).iadd().istore(at[v]);
        }
        b.iinc(row, 1).goto_(rows).labelBinding(end).return_();
    }

    /// Positions from one (inclusive) to another (exclusive) of one row.
    private void tail(CodeBuilder b) {
        int count = views.size();
        int[] array = new int[count];
        int[] at = new int[count];
        for (int v = 0; v < count; v++) {
            array[v] = v;
            at[v] = count + v;
        }
        int i = 2 * count;
        int to = i + 1;
        ScalarForm scalars = new ScalarForm(b, code, views);
        Label loop = b.newLabel();
        Label end = b.newLabel();
        b.labelBinding(loop).iload(i).iload(to).if_icmpge(end);
        for (int op = 0; op < code.size(); op++) {
            scalars.write(op, array, at, i);
        }
        for (int k = 0; k < results.length; k++) {
            int view = count - results.length + k;
            scalars.store(results[k], views.get(view).dtype(), array[view], at[view], i);
        }
        b.iinc(i, 1).goto_(loop).labelBinding(end).return_();
    }
}
