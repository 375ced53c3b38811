package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.RowShares;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.ScratchPlan;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import org.jspecify.annotations.Nullable;

/// Attention without its matrix of scores: a unit is one head, or a part of its rows where there are few heads. It goes
/// through its rows in blocks, whose scores stay in the second-level cache from the product that makes them to the one
/// that reads their shares. Every sum has the same terms in the same order as in the kernels that it stands for.
public final class AttentionStep implements Step {
    private static final int QUERIES = ProductStep.A_PANELS;
    private static final int KEYS = ProductStep.B_PANELS;
    private static final int SCORES = ProductStep.SUMS;
    private static final int VALUES = ProductStep.EPILOGUE;
    private static final int MASK = VALUES + 1;
    private static final int SHARES = MASK + 1;

    /// Scores of a block, a quarter of a second-level cache beside keys and values.
    private static final int BLOCK = 1 << 15;

    /// With fewer heads these are divided, so that threads share them.
    private static final int LEAST_UNITS = 8;

    private static final float[] NO_OPERAND = new float[1];

    private final BlockKernel kernel;
    private final Matrices queries;
    private final Matrices keys;
    private final Matrices values;
    private final Matrices output;
    private final @Nullable Ending ending;
    private final @Nullable Matrices mask;
    private final RowShares shares;
    private final @Nullable Ending ofMix;
    private final PanelSource rows;
    private final int step;
    private final int rowsPerBlock;
    private final int rowsPerUnit;

    public AttentionStep(Attention attention, BlockKernel kernel) {
        this.kernel = kernel;
        this.queries = attention.queries();
        this.keys = attention.keys();
        this.values = attention.values();
        this.output = attention.output();
        this.ending = attention.ending();
        this.mask = attention.mask();
        this.shares = attention.shares();
        this.ofMix = attention.ofMix();
        this.rows = queries.hasStoredRows()
                ? StoredRows.of(queries, kernel.packing(), QUERIES)
                : new FreshPanels(queries, kernel.packing(), QUERIES);
        int width = ProductStep.width(kernel);
        int height = kernel.tile().rows();
        this.step = Math.ceilDiv(keys.lines(), width) * width;
        int blocks = Math.ceilDiv(queries.lines() * step, BLOCK);
        this.rowsPerBlock = Math.ceilDiv(Math.ceilDiv(queries.lines(), blocks), height) * height;
        int parts = Math.clamp(LEAST_UNITS / heads(), 1, Math.ceilDiv(queries.lines(), rowsPerBlock));
        this.rowsPerUnit = Math.ceilDiv(Math.ceilDiv(queries.lines(), parts), rowsPerBlock) * rowsPerBlock;
        kernel.prepare(rowsPerBlock);
    }

    private int heads() {
        return output.batches().length();
    }

    private int unitsPerHead() {
        return Math.ceilDiv(queries.lines(), rowsPerUnit);
    }

    @Override
    public int units() {
        return heads() * unitsPerHead();
    }

    @Override
    public long nanosPerUnit() {
        long scores = (long) Math.min(rowsPerUnit, queries.lines()) * keys.lines();
        return 1000 + scores * (1 + (queries.k() + output.k()) / 25);
    }

    @Override
    public void plan(ScratchPlan plan) {
        rows.plan(plan, rowsPerBlock);
        plan.floats(KEYS, keys.packedLength(kernel.tile(), keys.lines()));
        plan.floats(VALUES, values.packedLength(kernel.tile(), values.lines()));
        plan.floats(SCORES, (long) rowsPerBlock * step);
        plan.floats(MASK, mask == null ? 0 : (long) (isMaskOfRows() ? rowsPerBlock : 1) * step);
        RowShares.plan(plan, SHARES, rowsPerBlock);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        for (int unit = from; unit < to; unit++) {
            int head = unit / unitsPerHead();
            int first = unit % unitsPerHead() * rowsPerUnit;
            int end = Math.min(queries.lines(), first + rowsPerUnit);
            float[] packedKeys = packed(workspace, scratch, keys, head, KEYS);
            float[] packedValues = packed(workspace, scratch, values, head, VALUES);
            for (int row = first; row < end; row += rowsPerBlock) {
                block(workspace, scratch, head, row, Math.min(rowsPerBlock, end - row), packedKeys, packedValues);
            }
        }
    }

    private float[] packed(Workspace workspace, Scratch scratch, Matrices operand, int head, int array) {
        float[] to = scratch.floats(array, operand.packedLength(kernel.tile(), operand.lines()));
        float[] from = workspace.floats(operand.view().buffer());
        operand.pack(kernel.packing(), from, operand.matrix(head), 0, operand.lines(), to, 0);
        return to;
    }

    private void block(
            Workspace workspace,
            Scratch scratch,
            int head,
            int row,
            int count,
            float[] packedKeys,
            float[] packedValues) {
        Sums sums = scratch.kept(Scratch.SUMS, Sums.class, Sums::new);
        float[] scores = scratch.floats(SCORES, rowsPerBlock * step);
        Factor left = rows.lines(workspace, scratch, head, row, count);
        Factor right = Factor.of(scratch, Packable.Side.B).packed(packedKeys, 0, queries.k());
        sums.in(scores, 0, step);
        int depth = queries.k();
        int blocks = ProductStep.kBlocks(kernel, depth);
        int size = Math.ceilDiv(depth, blocks);
        for (int block = 0; block < blocks; block++) {
            if (block == blocks - 1) {
                end(workspace, scratch, sums, head, row, count);
            }
            multiply(workspace, scratch, left, count, right, step, block, size, depth, sums);
        }
        shares.run(scratch, SHARES, scores, 0, step, count, keys.lines());
        left = Factor.of(scratch, Packable.Side.A).rows(scores, 0, step);
        right = Factor.of(scratch, Packable.Side.B).packed(packedValues, 0, keys.lines());
        int at = output.batches().address(0, output.matrix(head)) + row * output.lineStride();
        sums.in(workspace.floats(output.view().buffer()), at, output.lineStride());
        blocks = ProductStep.kBlocks(kernel, keys.lines());
        size = Math.ceilDiv(keys.lines(), blocks);
        for (int block = 0; block < blocks; block++) {
            if (block == blocks - 1 && ofMix != null) {
                sums.ended(ofMix, NO_OPERAND, 0, NO_OPERAND, 0);
            }
            multiply(workspace, scratch, left, count, right, output.k(), block, size, keys.lines(), sums);
        }
    }

    private void multiply(
            Workspace workspace,
            Scratch scratch,
            Factor left,
            int count,
            Factor right,
            int columns,
            int block,
            int size,
            int k,
            Sums sums) {
        workspace.control().check();
        int p = block * size;
        kernel.multiply(scratch, left, count, right, columns, p, Math.min(size, k - p), block == 0, sums);
    }

    /// Has scores ended, with the mask as far as there is one; where its rows do not lie as those of the scores it is
    /// read from a copy.
    private void end(Workspace workspace, Scratch scratch, Sums sums, int head, int row, int count) {
        if (ending == null) {
            return;
        }
        if (mask == null) {
            sums.ended(ending, NO_OPERAND, 0, NO_OPERAND, 0);
            return;
        }
        float[] array = workspace.floats(mask.view().buffer());
        int at = mask.batches().address(0, mask.matrix(head)) + row * mask.lineStride();
        int rowsOfMask = isMaskOfRows() ? count : 1;
        if (step != keys.lines() || (isMaskOfRows() && mask.lineStride() != step)) {
            float[] copy = scratch.floats(MASK, rowsOfMask * step);
            for (int i = 0; i < rowsOfMask; i++) {
                System.arraycopy(array, at + i * mask.lineStride(), copy, i * step, keys.lines());
            }
            array = copy;
            at = 0;
        }
        sums.ended(ending, array, at, array, at);
    }

    private boolean isMaskOfRows() {
        return mask != null && mask.lineStride() != 0 && queries.lines() > 1;
    }
}
