package dev.quern.cpu.simd;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.AccessFlag;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/// Writes the byte code of a [MicroKernel] for a given tile: rows × vectors, each vector one accumulator in a register.
///
/// With the tile unrolled in full, C2 keeps all accumulators in registers. It would also load every operand of a step
/// before the first multiplication; where that needs more registers than the processor has, a store into the tile
/// (which is overwritten at the end) keeps the later loads behind it. On a processor with 16 registers that store makes
/// a 6 × 2 tile run at 91 % of peak instead of 38 %.
final class MicroKernelWriter {
    private static final ClassDesc VECTOR = Vector.class.describeConstable().orElseThrow();
    private static final ClassDesc FLOAT_VECTOR =
            FloatVector.class.describeConstable().orElseThrow();
    private static final ClassDesc SPECIES =
            VectorSpecies.class.describeConstable().orElseThrow();
    private static final ClassDesc FLOATS = CD_float.arrayType();
    private static final ClassDesc SELF =
            ClassDesc.of(MicroKernelWriter.class.getPackageName(), "GeneratedMicroKernel");
    private static final MethodTypeDesc RUN = MethodTypeDesc.of(
            CD_void, CD_int, FLOATS, CD_int, FLOATS, CD_int, CD_int, FLOATS, CD_int, CD_int, FLOATS, CD_int, CD_int);

    private static final int K = 1;
    private static final int A = 2;
    private static final int A_AT = 3;
    private static final int B = 4;
    private static final int B_AT = 5;
    private static final int B_PANEL = 6;
    private static final int INIT = 7;
    private static final int INIT_AT = 8;
    private static final int INIT_STEP = 9;
    private static final int C = 10;
    private static final int C_AT = 11;
    private static final int C_STEP = 12;
    private static final int P = 13;
    private static final int FIRST_FREE = 14;

    private final int lanes;
    private final int rows;
    private final int panels;
    private final int vectorsPerPanel;
    private final int registers;

    /// @param lanes floats in a vector
    /// @param rows rows of the tile
    /// @param panels panels of B side by side in the tile
    /// @param vectorsPerPanel the width of a panel
    /// @param registers vector registers of the processor
    MicroKernelWriter(int lanes, int rows, int panels, int vectorsPerPanel, int registers) {
        this.lanes = lanes;
        this.rows = rows;
        this.panels = panels;
        this.vectorsPerPanel = vectorsPerPanel;
        this.registers = registers;
    }

    MicroKernel write() {
        byte[] bytes = ClassFile.of()
                .build(
                        SELF,
                        c -> c.withFlags(AccessFlag.FINAL, AccessFlag.SYNTHETIC)
                                .withInterfaceSymbols(
                                        MicroKernel.class.describeConstable().orElseThrow())
                                .withMethodBody(
                                        INIT_NAME,
                                        MTD_void,
                                        0,
                                        code -> code.aload(0)
                                                .invokespecial(CD_Object, INIT_NAME, MTD_void)
                                                .return_())
                                .withMethodBody("run", RUN, ClassFile.ACC_PUBLIC, this::body));
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup().defineHiddenClass(bytes, true);
            return (MicroKernel) lookup.lookupClass().getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("a generated kernel does not load", e);
        }
    }

    private int vectors() {
        return panels * vectorsPerPanel;
    }

    private int accumulator(int row, int vector) {
        return FIRST_FREE + row * vectors() + vector;
    }

    private int bVector(int vector) {
        return FIRST_FREE + rows * vectors() + vector;
    }

    private int factor() {
        return bVector(vectors());
    }

    private int panelAt(int panel) {
        return factor() + 1 + panel;
    }

    private void body(CodeBuilder code) {
        for (int row = 0; row < rows; row++) {
            for (int v = 0; v < vectors(); v++) {
                load(code, INIT, INIT_AT, row, INIT_STEP, v * lanes);
                code.astore(accumulator(row, v));
            }
        }
        for (int panel = 0; panel < panels; panel++) {
            code.iload(B_AT).iload(B_PANEL).loadConstant(panel).imul().iadd().istore(panelAt(panel));
        }
        code.iconst_0().istore(P);
        Label start = code.newLabel();
        Label end = code.newLabel();
        code.labelBinding(start).iload(P).iload(K).if_icmpge(end);
        step(code);
        code.iinc(P, 1).goto_(start).labelBinding(end);
        for (int row = 0; row < rows; row++) {
            for (int v = 0; v < vectors(); v++) {
                code.aload(accumulator(row, v)).aload(C);
                address(code, C_AT, row, C_STEP, v * lanes);
                code.invokevirtual(FLOAT_VECTOR, "intoArray", MethodTypeDesc.of(CD_void, FLOATS, CD_int));
            }
        }
        code.return_();
    }

    /// One value of p: all vectors of B, then row by row a factor from A.
    private void step(CodeBuilder code) {
        for (int v = 0; v < vectors(); v++) {
            int panel = v / vectorsPerPanel;
            int within = v % vectorsPerPanel * lanes;
            species(code);
            code.aload(B).iload(panelAt(panel));
            code.iload(P).loadConstant(vectorsPerPanel * lanes).imul().iadd();
            code.loadConstant(within).iadd();
            fromArray(code);
            code.astore(bVector(v));
        }
        boolean crowded = rows * vectors() + vectors() + rows > registers;
        for (int row = 0; row < rows; row++) {
            species(code);
            code.aload(A)
                    .iload(A_AT)
                    .iload(P)
                    .loadConstant(rows)
                    .imul()
                    .iadd()
                    .loadConstant(row)
                    .iadd()
                    .faload();
            code.invokestatic(FLOAT_VECTOR, "broadcast", MethodTypeDesc.of(FLOAT_VECTOR, SPECIES, CD_float));
            code.astore(factor());
            for (int v = 0; v < vectors(); v++) {
                code.aload(factor()).aload(bVector(v)).aload(accumulator(row, v));
                code.invokevirtual(FLOAT_VECTOR, "fma", MethodTypeDesc.of(FLOAT_VECTOR, VECTOR, VECTOR));
                code.astore(accumulator(row, v));
            }
            if (crowded && row == 1) {
                code.aload(C).iload(C_AT).fconst_0().fastore();
            }
        }
    }

    private void load(CodeBuilder code, int array, int at, int row, int step, int column) {
        species(code);
        code.aload(array);
        address(code, at, row, step, column);
        fromArray(code);
    }

    private static void address(CodeBuilder code, int at, int row, int step, int column) {
        code.iload(at)
                .iload(step)
                .loadConstant(row)
                .imul()
                .iadd()
                .loadConstant(column)
                .iadd();
    }

    private static void fromArray(CodeBuilder code) {
        code.invokestatic(FLOAT_VECTOR, "fromArray", MethodTypeDesc.of(FLOAT_VECTOR, SPECIES, FLOATS, CD_int));
    }

    private void species(CodeBuilder code) {
        code.getstatic(FLOAT_VECTOR, "SPECIES_" + lanes * Float.SIZE, SPECIES);
    }
}
