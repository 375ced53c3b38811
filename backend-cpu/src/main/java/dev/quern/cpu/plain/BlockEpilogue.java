package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.Expr;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;

/// An epilogue that is interpreted block by block.
public final class BlockEpilogue implements Epilogue {
    private final BlockMap map;
    private final View output;
    private final Nest nest;
    private final boolean plainStore;
    private final int base;

    /// @param expr argument 0 is the sum, the others are elements of `operands`
    /// @param base the first of the scratch arrays that it may use
    public BlockEpilogue(Expr expr, List<View> operands, View output, int base) {
        this.map = new BlockMap(output.dims(), List.of(expr), 1, operands, List.of(output));
        this.output = output;
        this.nest = Nest.of(output.dims(), List.of(output));
        this.plainStore = output.dtype() == DType.F32 && expr.equals(Expr.arg(0, DType.F32));
        this.base = base;
    }

    /// Whether sums are stored as they are, which needs no expression.
    public boolean isCopy() {
        return plainStore;
    }

    /// A guess at the nanoseconds for some elements.
    public long nanos(int elements) {
        return (long) (elements * map.nanosPerElement());
    }

    @Override
    public void apply(
            Workspace workspace,
            Scratch scratch,
            float[] sums,
            int at,
            int step,
            int rows,
            int n,
            int position,
            int rowPositions) {
        if (plainStore) {
            float[] to = workspace.floats(output.buffer());
            for (int i = 0; i < rows; i++) {
                store(sums, at + i * step, to, position + i * rowPositions, n);
            }
            return;
        }
        Block block = map.block(scratch, base);
        int state = map.state(0);
        for (int i = 0; i < rows; i++) {
            for (int from = 0; from < n; from += Block.SIZE) {
                int count = Math.min(Block.SIZE, n - from);
                if (state >= 0) {
                    System.arraycopy(sums, at + i * step + from, block.floats(state), 0, count);
                }
                map.run(workspace, block, position + i * rowPositions + from, count);
            }
        }
    }

    private void store(float[] sums, int at, float[] to, int position, int n) {
        int inner = nest.inner();
        for (int done = 0; done < n; ) {
            int run = Math.min(n - done, inner - (position + done) % inner);
            Strided.copy(sums, at + done, 1, to, nest.address(0, position + done), nest.innerStride(0), run);
            done += run;
        }
    }
}
