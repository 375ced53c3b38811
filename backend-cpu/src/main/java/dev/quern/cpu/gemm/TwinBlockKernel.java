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
            Scratch scratch, Factor a, int rows, Factor b, int columns, int kFrom, int k, boolean first, Sums c) {
        BlockKernel kernel = fast.isWarm(rows) ? fast : plain;
        kernel.multiply(scratch, a, rows, b, columns, kFrom, k, first, c);
    }
}
