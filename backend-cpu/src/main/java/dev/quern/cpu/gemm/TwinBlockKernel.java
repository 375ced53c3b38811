package dev.quern.cpu.gemm;

import dev.quern.cpu.run.Scratch;

/// The plain form until the fast one is warm, which it is told to become when a product of the same height is compiled.
/// Both read the same panels and give the same bits, so a run may begin with one and end with the other.
public final class TwinBlockKernel implements BlockKernel {
    private final BlockKernel plain;
    private final WarmableKernel fast;

    public TwinBlockKernel(WarmableKernel fast) {
        this.plain = new PlainBlockKernel(fast.tile());
        this.fast = fast;
    }

    @Override
    public Tile tile() {
        return fast.tile();
    }

    @Override
    public void prepare(int rows) {
        fast.prepare(rows);
    }

    @Override
    public void multiply(
            Scratch scratch,
            float[] a,
            int aAt,
            int rows,
            float[] b,
            int bAt,
            int columns,
            int kTotal,
            int kFrom,
            int k,
            boolean first,
            float[] c) {
        BlockKernel kernel = fast.isWarm(rows) ? fast : plain;
        kernel.multiply(scratch, a, aAt, rows, b, bAt, columns, kTotal, kFrom, k, first, c);
    }
}
