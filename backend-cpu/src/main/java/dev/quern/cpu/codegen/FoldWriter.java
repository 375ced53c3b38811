package dev.quern.cpu.codegen;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import dev.quern.expr.StraightLine;
import dev.quern.kernel.Reducer;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Locale;
import jdk.incubator.vector.Vector;

/// Writes a [FoldKernel]: the 16 lanes are vectors in registers while whole groups of 16 elements last, and an array
/// for what comes before and after them in a run.
final class FoldWriter {
    private static final MethodTypeDesc RUN =
            MethodTypeDesc.of(CD_void, MapWriter.OPERANDS, CD_int, CD_int, CD_int, CD_Object, CD_Object, CD_int);
    private static final int ROWS = 2;
    private static final int RUNS = 3;
    private static final int N = 4;
    private static final int LANES = 5;
    private static final int RESULTS = 6;
    private static final int RESULT_AT = 7;
    private static final int WIDTH = Reducer.LANES;
    private static final int MOST_OPERATIONS = 560;

    private final List<Access> views;
    private final LaneCode code = LaneCode.ofByteCode();
    private final Pass pass;
    private final int value;
    private final int lanes;
    private final Lane lane;
    private final ClassDesc laneArray;
    private final List<ClassDesc> arrays;
    private final MethodTypeDesc some;

    /// @param views one for each argument of the element
    FoldWriter(Pass pass, List<Access> views, int vectorBits) {
        this.pass = pass;
        this.views = views;
        this.value = new Lowering(code).lower(StraightLine.of(pass.element()))[0];
        this.lane = code.lane(value);
        this.lanes = Math.min(WIDTH, MapWriter.lanes(code, views, vectorBits));
        if (code.size() * (WIDTH / lanes) > MOST_OPERATIONS) {
            throw new NotGenerated("a long expression in a reduction");
        }
        this.laneArray = lane.scalar.arrayType();
        this.arrays =
                views.stream().map(v -> Elements.of(v.dtype()).arrayType()).toList();
        this.some = Elements.method(arrays, laneArray, CD_int, CD_int, CD_int);
    }

    FoldKernel write() {
        return GeneratedClass.instance(
                FoldKernel.class,
                c -> c.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, this::run)
                        .withMethodBody("some", some, ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC, this::some));
    }

    private String function() {
        return pass.fn().name().toLowerCase(Locale.ROOT);
    }

    private void pushIdentity(CodeBuilder b) {
        if (lane == Lane.FLOAT) {
            b.loadConstant((float) pass.identity());
        } else {
            b.loadConstant(pass.identity());
        }
    }

    private static int load(CodeBuilder b, String what, int v) {
        int local = local(b);
        MapWriter.number(b, what, v);
        b.istore(local);
        return local;
    }

    private static int local(CodeBuilder b) {
        return b.allocateLocal(TypeKind.INT);
    }

    private void run(CodeBuilder b) {
        int count = views.size();
        int[] array = new int[count];
        int[] at = new int[count];
        int[] step = new int[count];
        int[] between = new int[count];
        int[] here = new int[count];
        for (int v = 0; v < count; v++) {
            array[v] = b.allocateLocal(TypeKind.REFERENCE);
            MapWriter.array(b, v, arrays.get(v));
            b.astore(array[v]);
            at[v] = load(b, "at", v);
            step[v] = load(b, "step", v);
            between[v] = load(b, "between", v);
            here[v] = local(b);
        }
        int laneArrayAt = b.allocateLocal(TypeKind.REFERENCE);
        int resultArrayAt = b.allocateLocal(TypeKind.REFERENCE);
        b.aload(LANES).checkcast(laneArray).astore(laneArrayAt);
        b.aload(RESULTS).checkcast(laneArray).astore(resultArrayAt);
        int row = local(b);
        int run = local(b);
        int phase = local(b);
        int index = local(b);
        Body body = new Body(b, array, here, laneArrayAt, phase);
        Label rows = b.newLabel();
        Label end = b.newLabel();
        b.iconst_0().istore(row).labelBinding(rows).iload(row).iload(ROWS).if_icmpge(end);
        fill(b, laneArrayAt, index);
        for (int v = 0; v < count; v++) {
            b.iload(at[v]).istore(here[v]);
        }
        b.iconst_0().istore(phase);
        Label runs = b.newLabel();
        Label rowEnd = b.newLabel();
        b.iconst_0().istore(run).labelBinding(runs).iload(run).iload(RUNS).if_icmpge(rowEnd);
        body.write();
        for (int v = 0; v < count; v++) {
            b.iload(here[v]).iload(between[v]).iadd().istore(here[v]);
        }
        b.iinc(run, 1).goto_(runs).labelBinding(rowEnd);
        b.aload(resultArrayAt).iload(RESULT_AT).iload(row).iadd().aload(laneArrayAt);
        b.invokestatic(VectorForm.desc(LaneTree.class), function(), MethodTypeDesc.of(lane.scalar, laneArray));
        b.arrayStore(lane.kind);
        for (int v = 0; v < count; v++) {
            b.iload(at[v]).iload(step[v]).iadd().istore(at[v]);
        }
        b.iinc(row, 1).goto_(rows).labelBinding(end).return_();
    }

    private void fill(CodeBuilder b, int laneArrayAt, int index) {
        Label loop = b.newLabel();
        Label end = b.newLabel();
        b.iconst_0()
                .istore(index)
                .labelBinding(loop)
                .iload(index)
                .loadConstant(WIDTH)
                .if_icmpge(end);
        b.aload(laneArrayAt).iload(index);
        pushIdentity(b);
        b.arrayStore(lane.kind).iinc(index, 1).goto_(loop).labelBinding(end);
    }

    /// One run: up to a multiple of 16 positions of the row, then groups of 16, then the rest.
    private final class Body {
        private final CodeBuilder b;
        private final int[] array;
        private final int[] here;
        private final int laneArrayAt;
        private final int phase;
        private final int i;
        private final int limit;
        private final int[] accumulators = new int[WIDTH / lanes];
        private final VectorForm vectors;

        Body(CodeBuilder b, int[] array, int[] here, int laneArrayAt, int phase) {
            this.b = b;
            this.array = array;
            this.here = here;
            this.laneArrayAt = laneArrayAt;
            this.phase = phase;
            this.i = local(b);
            this.limit = local(b);
            for (int k = 0; k < accumulators.length; k++) {
                accumulators[k] = b.allocateLocal(TypeKind.REFERENCE);
            }
            this.vectors = new VectorForm(b, code, views, lanes);
        }

        void write() {
            Label aligned = b.newLabel();
            b.iconst_0().istore(i).iload(phase).ifeq(aligned);
            b.iload(N).loadConstant(WIDTH).iload(phase).isub();
            b.invokestatic(VectorForm.desc(Math.class), "min", MethodTypeDesc.of(CD_int, CD_int, CD_int));
            b.istore(i);
            callSome(() -> b.iload(phase).iconst_0().iload(i));
            b.labelBinding(aligned);
            b.iload(N)
                    .iload(i)
                    .isub()
                    .loadConstant(-WIDTH)
                    .iand()
                    .iload(i)
                    .iadd()
                    .istore(limit);
            Label rest = b.newLabel();
            b.iload(limit).iload(i).if_icmple(rest);
            groups();
            b.labelBinding(rest);
            Label done = b.newLabel();
            b.iload(limit).iload(N).if_icmpge(done);
            callSome(() -> b.iconst_0().iload(limit).iload(N));
            b.labelBinding(done);
            b.iload(phase).iload(N).iadd().loadConstant(WIDTH - 1).iand().istore(phase);
        }

        private void callSome(Runnable pushRest) {
            for (int a : array) {
                b.aload(a);
            }
            for (int h : here) {
                b.iload(h);
            }
            b.aload(laneArrayAt);
            pushRest.run();
            b.invokestatic(GeneratedClass.SELF, "some", some);
        }

        private void groups() {
            boolean[] invariant = VectorForm.invariant(code, views);
            for (int k = 0; k < accumulators.length; k++) {
                vectors.pushVector(lane, laneArrayAt, k * lanes);
                b.astore(accumulators[k]);
            }
            for (int op = 0; op < code.size(); op++) {
                if (invariant[op]) {
                    vectors.write(op, array, here, -1, 0);
                }
            }
            Label loop = b.newLabel();
            Label end = b.newLabel();
            b.labelBinding(loop).iload(i).iload(limit).if_icmpge(end);
            for (int k = 0; k < accumulators.length; k++) {
                for (int op = 0; op < code.size(); op++) {
                    if (!invariant[op]) {
                        vectors.write(op, array, here, i, k * lanes);
                    }
                }
                b.aload(accumulators[k]);
                vectors.push(value);
                b.invokevirtual(lane.vector, function(), MethodTypeDesc.of(lane.vector, VectorForm.desc(Vector.class)));
                b.astore(accumulators[k]);
            }
            b.iinc(i, WIDTH).goto_(loop).labelBinding(end);
            for (int k = 0; k < accumulators.length; k++) {
                b.aload(accumulators[k]).aload(laneArrayAt).loadConstant(k * lanes);
                b.invokevirtual(lane.vector, "intoArray", MethodTypeDesc.of(CD_void, laneArray, CD_int));
            }
        }
    }

    /// Folds positions from one (inclusive) to another (exclusive) of a run into neighbouring lanes.
    private void some(CodeBuilder b) {
        int count = views.size();
        int[] array = new int[count];
        int[] at = new int[count];
        for (int v = 0; v < count; v++) {
            array[v] = v;
            at[v] = count + v;
        }
        int laneArrayAt = 2 * count;
        int first = laneArrayAt + 1;
        int i = first + 1;
        int to = i + 1;
        ScalarForm scalars = new ScalarForm(b, code, views);
        Label loop = b.newLabel();
        Label end = b.newLabel();
        b.labelBinding(loop).iload(i).iload(to).if_icmpge(end);
        for (int op = 0; op < code.size(); op++) {
            scalars.write(op, array, at, i);
        }
        b.aload(laneArrayAt).iload(first).aload(laneArrayAt).iload(first).arrayLoad(lane.kind);
        scalars.push(value);
        scalars.combine(pass.fn(), lane);
        b.arrayStore(lane.kind);
        b.iinc(first, 1).iinc(i, 1).goto_(loop).labelBinding(end).return_();
    }
}
