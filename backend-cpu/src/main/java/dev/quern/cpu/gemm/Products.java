package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Buffers;
import dev.quern.cpu.run.Step;
import dev.quern.kernel.Constant;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the steps of a Contract kernel of `f32`.
public final class Products {
    private Products() {}

    /// Whether `kernel` is a product of `f32`.
    public static boolean fits(Kernel.Contract kernel) {
        return kernel.a().dtype() == DType.F32
                && kernel.b().dtype() == DType.F32
                && kernel.accumulate() == DType.F32
                && kernel.aZero() == null
                && kernel.bZero() == null;
    }

    public static List<Step> steps(Kernel.Contract kernel, BlockKernel blocks, Buffers buffers) {
        Tile tile = blocks.tile();
        Matrices a = Matrices.ofA(kernel.a());
        Matrices b = Matrices.ofB(kernel.b());
        Blocking blocking = Blocking.of(tile, a.batches().length(), a.lines(), b.lines(), a.k());
        List<Step> steps = new ArrayList<>();
        PanelSource rows =
                source(a, tile, buffers, blocking.columnBlocks() == 1, ProductStep.A_PANELS, steps);
        PanelSource columns =
                source(b, tile, buffers, blocking.rowBlocks() == 1, ProductStep.B_PANELS, steps);
        Epilogue epilogue = new Epilogue(
                kernel.epilogue(), kernel.epilogueOperands(), kernel.output(), ProductStep.EPILOGUE);
        steps.add(new ProductStep(blocking, a.k(), blocks, rows, columns, epilogue));
        return steps;
    }

    /// @param once whether each line is used by one unit only
    private static PanelSource source(
            Matrices matrices, Tile tile, Buffers buffers, boolean once, int array, List<Step> steps) {
        View view = matrices.view();
        @Nullable Constant constant = buffers.constant(view.buffer());
        if (constant != null) {
            return PackedPanels.ofConstant(constant, matrices, tile);
        }
        if (once && (matrices.distinct() > 1 || matrices.batches().length() == 1)) {
            return new FreshPanels(matrices, tile, array);
        }
        int length = Math.multiplyExact(matrices.distinct(), matrices.packedLength(tile));
        int buffer = buffers.shared(array, length);
        steps.add(new PackStep(matrices, tile, buffer));
        return PackedPanels.ofBuffer(buffer, matrices, tile);
    }
}
