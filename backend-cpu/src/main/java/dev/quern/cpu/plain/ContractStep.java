package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A Contract kernel of any type: a unit is one row of the output, or a block of a long one.
public final class ContractStep implements Step {
    private final Kernel.Contract kernel;
    private final @Nullable View aZero;
    private final @Nullable View bZero;
    private final BlockMap epilogue;
    private final Nest batches;
    private final int m;
    private final int k;
    private final int n;
    private final int blocks;
    private final int units;

    public ContractStep(Kernel.Contract kernel) {
        this.kernel = kernel;
        int[] dims = kernel.output().dims();
        int rank = dims.length;
        m = dims[rank - 2];
        n = dims[rank - 1];
        k = kernel.a().dim(rank - 1);
        blocks = Math.ceilDiv(n, Block.SIZE);
        aZero = kernel.aZero() == null ? null : kernel.aZero().expand(kernel.a().dims());
        bZero = kernel.bZero() == null ? null : kernel.bZero().expand(kernel.b().dims());
        batches = batches();
        units = batches.length() * m * blocks;
        epilogue =
                new BlockMap(dims, List.of(kernel.epilogue()), 1, kernel.epilogueOperands(), List.of(kernel.output()));
    }

    /// The loops over the batch axes; views are a, b and their zero points (or the operands again).
    private Nest batches() {
        int[] dims = Arrays.copyOf(kernel.output().dims(), kernel.output().rank() - 2);
        return Nest.of(
                dims,
                List.of(
                        outer(kernel.a()),
                        outer(kernel.b()),
                        outer(aZero == null ? kernel.a() : aZero),
                        outer(bZero == null ? kernel.b() : bZero)));
    }

    /// The window over all axes but the last two.
    static View outer(View view) {
        int rank = view.rank() - 2;
        return View.of(
                view.buffer(),
                view.dtype(),
                view.offset(),
                Arrays.copyOf(view.dims(), rank),
                Arrays.copyOf(view.strides(), rank));
    }

    @Override
    public int units() {
        return units;
    }

    @Override
    public long nanosPerUnit() {
        return 100 + (long) k * Math.min(n, Block.SIZE) / 2;
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        Block block = epilogue.block(scratch, 0);
        int state = epilogue.state(0);
        int accumulator = state < 0 ? epilogue.registers() + ProductRow.REGISTERS : state;
        ProductRow row = new ProductRow(block, kernel.accumulate(), accumulator, epilogue.registers());
        for (int unit = from; unit < to; unit++) {
            int start = unit % blocks * Block.SIZE;
            int count = Math.min(Block.SIZE, n - start);
            int line = unit / blocks;
            multiply(workspace, row, line / m, line % m, start, count);
            epilogue.run(workspace, block, line * n + start, count);
        }
    }

    private void multiply(Workspace w, ProductRow row, int batch, int i, int start, int count) {
        View a = kernel.a();
        View b = kernel.b();
        int rank = a.rank();
        int aAt = batches.address(0, batch) + i * a.stride(rank - 2);
        int bAt = batches.address(1, batch) + start * b.stride(rank - 1);
        int aZeroAt = aZero == null ? 0 : batches.address(2, batch) + i * aZero.stride(rank - 2);
        int bZeroAt = bZero == null ? 0 : batches.address(3, batch) + start * bZero.stride(rank - 1);
        row.clear(count);
        for (int p = 0; p < k; p++) {
            row.load(w, b, bAt + p * b.stride(rank - 2), b.stride(rank - 1), 0, count);
            if (bZero != null) {
                row.shift(w, bZero, bZeroAt + p * bZero.stride(rank - 2), bZero.stride(rank - 1), 0, count);
            }
            int zeroAt = aZero == null ? 0 : aZeroAt + p * aZero.stride(rank - 1);
            row.add(w, a, aAt + p * a.stride(rank - 1), aZero, zeroAt, count);
        }
        row.finish(count);
    }
}
