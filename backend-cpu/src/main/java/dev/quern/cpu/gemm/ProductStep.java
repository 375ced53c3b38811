package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;

/// A batch of products of packed panels: a unit is one block of one product, from the first product to the epilogue.
final class ProductStep implements Step {
    /// Scratch arrays: panels of A and B packed for one unit, and its sums.
    static final int A_PANELS = 0;

    static final int B_PANELS = 1;
    private static final int SUMS = 2;

    /// The first scratch array that is the epilogue's.
    static final int EPILOGUE = BlockKernel.SCRATCH + PlainBlockKernel.ARRAYS;

    /// Values of p between two visits of a tile: with them, a panel of B and one of A fit into the caches.
    private static final int K_BLOCK = 1024;

    private final Blocking blocking;
    private final int k;
    private final BlockKernel kernel;
    private final PanelSource a;
    private final PanelSource b;
    private final Epilogue epilogue;

    ProductStep(Blocking blocking, int k, BlockKernel kernel, PanelSource a, PanelSource b, Epilogue epilogue) {
        this.blocking = blocking;
        this.k = k;
        this.kernel = kernel;
        this.a = a;
        this.b = b;
        this.epilogue = epilogue;
        for (int row = 0; row < blocking.m(); row += blocking.rowsPerUnit()) {
            kernel.prepare(blocking.rows(row));
        }
    }

    @Override
    public int units() {
        return blocking.units();
    }

    @Override
    public long nanosPerUnit() {
        return blocking.nanosPerUnit(k);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        int width = kernel.tile().columns();
        for (int unit = from; unit < to; unit++) {
            int batch = blocking.batch(unit);
            int row = blocking.row(unit);
            int column = blocking.column(unit);
            int rows = blocking.rows(row);
            int columns = blocking.columns(column);
            int padded = Math.ceilDiv(columns, width) * width;
            float[] aPanels = a.panels(workspace, scratch, batch, row, rows);
            float[] bPanels = b.panels(workspace, scratch, batch, column, columns);
            int aAt = a.at(batch, row);
            int bAt = b.at(batch, column);
            float[] sums = scratch.floats(SUMS, rows * padded);
            int kBlocks = Math.max(1, Math.ceilDiv(k, K_BLOCK));
            int kBlock = Math.ceilDiv(k, kBlocks);
            for (int block = 0; block < kBlocks; block++) {
                int p = block * kBlock;
                int depth = Math.min(kBlock, k - p);
                kernel.multiply(scratch, aPanels, aAt, rows, bPanels, bAt, padded, k, p, depth, block == 0, sums);
            }
            epilogue.apply(
                    workspace,
                    scratch,
                    sums,
                    0,
                    padded,
                    rows,
                    columns,
                    blocking.position(batch, row, column),
                    blocking.n());
        }
    }
}
