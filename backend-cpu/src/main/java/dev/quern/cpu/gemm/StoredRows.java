package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;

/// Matrices read where they lie, row by row, without packing. Only a last panel of B that is not full is packed, since
/// what follows it may be outside the array.
final class StoredRows implements PanelSource {
    private final Matrices operand;
    private final int panelLines;
    private final FreshPanels rest;

    private StoredRows(Matrices operand, int panelLines, FreshPanels rest) {
        this.operand = operand;
        this.panelLines = panelLines;
        this.rest = rest;
    }

    /// @param array the scratch array to pack what is not a whole panel into
    static StoredRows of(Matrices operand, Packing packing, int array) {
        int panelLines = operand.side() == Packable.Side.A ? 1 : packing.tile().columns();
        return new StoredRows(operand, panelLines, new FreshPanels(operand, packing, array));
    }

    @Override
    public Factor lines(Workspace workspace, Scratch scratch, int batch, int first, int count) {
        if (count % panelLines != 0) {
            return rest.lines(workspace, scratch, batch, first, count);
        }
        int at = operand.batches().address(0, operand.matrix(batch)) + first * operand.lineStride();
        return Factor.of(scratch, operand.side())
                .rows(workspace.floats(operand.view().buffer()), at, operand.rowStep());
    }
}
