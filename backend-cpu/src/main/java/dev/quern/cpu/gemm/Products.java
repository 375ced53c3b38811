package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// Makes the steps of a Contract kernel of `f32`.
public final class Products {
    /// A panel of B that is read more often is worth packing, as is one that several products read.
    private static final int MOST_ROWS_UNPACKED = 32;

    private Products() {}

    /// Whether `kernel` is a product of `f32`.
    public static boolean fits(Kernel.Contract kernel) {
        return kernel.a().dtype() == DType.F32
                && kernel.b().dtype() == DType.F32
                && kernel.accumulate() == DType.F32
                && kernel.aZero() == null
                && kernel.bZero() == null;
    }

    public static List<Step> steps(
            Kernel.Contract kernel, BlockKernel blocks, Buffers buffers, Elementwise elementwise) {
        Packing packing = blocks.packing();
        Matrices a = Matrices.ofA(kernel.a());
        Matrices b = Matrices.ofB(kernel.b());
        Blocking blocking = Blocking.of(blocks, a.batches().length(), a.lines(), b.lines(), a.k());
        List<Step> steps = new ArrayList<>();
        boolean rowsOnce =
                blocking.columnBlocks() == 1 && a.matrices() == a.batches().length();
        boolean columnsOnce =
                blocking.rowBlocks() == 1 && b.matrices() == b.batches().length();
        boolean storedRows = blocks.readsRows() && a.hasStoredRows() && isVariable(a, buffers);
        boolean storedColumns = blocks.readsRows()
                && b.hasStoredRows()
                && isVariable(b, buffers)
                && a.lines() <= MOST_ROWS_UNPACKED
                && !buffers.isRightOften(b.view());
        PanelSource rows = storedRows
                ? StoredRows.of(a, packing, ProductStep.A_PANELS)
                : source(a, packing, buffers, rowsOnce, ProductStep.A_PANELS, steps);
        PanelSource columns = storedColumns
                ? StoredRows.of(b, packing, ProductStep.B_PANELS)
                : source(b, packing, buffers, columnsOnce, ProductStep.B_PANELS, steps);
        buffers.control().check();
        View target = ProductStep.directly(kernel.epilogue(), kernel.output());
        int[] dims = {a.batches().length(), a.lines(), b.lines()};
        EndedTarget ended = EndedTarget.of(
                blocks,
                kernel.epilogue(),
                kernel.epilogueOperands().stream().map(v -> v.reshape(dims)).toList(),
                kernel.output().reshape(dims),
                ProductStep.kBlocks(blocks, a.k()) == 1,
                elementwise.transposer());
        Epilogue epilogue = ProductStep.isWrittenAtOnce(blocks, b.lines(), target, ended)
                ? null
                : elementwise.epilogue(
                        kernel.epilogue(), kernel.epilogueOperands(), kernel.output(), ProductStep.EPILOGUE);
        steps.add(
                new ProductStep(blocking, a.k(), Lines.of(b.lines()), blocks, rows, columns, epilogue, target, ended));
        return steps;
    }

    private static boolean isVariable(Packable operand, Buffers buffers) {
        return buffers.constant(operand.view().buffer()) == null;
    }

    /// Where the panels of an operand come from; a step that packs them, if one is needed, is added to `steps`.
    ///
    /// @param once whether each line is used by one unit only
    static PanelSource source(
            Packable operand, Packing packing, Buffers buffers, boolean once, int array, List<Step> steps) {
        Constant constant = buffers.constant(operand.view().buffer());
        if (constant != null) {
            return PackedPanels.ofConstant(constant, operand, packing, buffers);
        }
        boolean often = operand.side() == Packable.Side.B && buffers.isRightOften(operand.view());
        if (once && !often) {
            return new FreshPanels(operand, packing, array);
        }
        int length = Math.multiplyExact(operand.matrices(), operand.packedLength(packing.tile(), operand.lines()));
        int buffer;
        if (often) {
            buffer = buffers.madeOnce(operand.view(), length, made -> steps.add(new PackStep(operand, packing, made)));
        } else {
            buffer = buffers.shared(array, length);
            steps.add(new PackStep(operand, packing, buffer));
        }
        return PackedPanels.ofBuffer(buffer, operand, packing.tile());
    }
}
