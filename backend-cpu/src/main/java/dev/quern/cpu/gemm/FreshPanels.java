package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.ScratchPlan;
import dev.quern.cpu.run.Workspace;

/// Panels that are packed where they are used, into the worker's scratch: for an operand of which each line is used by
/// one unit only.
final class FreshPanels implements PanelSource {
    private final Packable operand;
    private final Packing packing;
    private final int array;

    /// @param array the scratch array to pack into
    FreshPanels(Packable operand, Packing packing, int array) {
        this.operand = operand;
        this.packing = packing;
        this.array = array;
    }

    @Override
    public void plan(ScratchPlan plan, int count) {
        plan.floats(array, operand.packedLength(packing.tile(), count));
    }

    @Override
    public Factor lines(Workspace workspace, Scratch scratch, int batch, int first, int count) {
        float[] to = scratch.floats(array, operand.packedLength(packing.tile(), count));
        operand.pack(packing, workspace.floats(operand.view().buffer()), operand.matrix(batch), first, count, to, 0);
        return Factor.of(scratch, operand.side()).packed(to, 0, operand.k());
    }
}
