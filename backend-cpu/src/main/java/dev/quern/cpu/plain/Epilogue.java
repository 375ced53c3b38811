package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.Expr;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;

/// What happens to finished sums of `f32`: the epilogue expression and the store into the output.
public final class Epilogue {
    private final BlockMap map;
    private final View output;
    private final Nest nest;
    private final boolean plainStore;
    private final int base;

    /// @param expr argument 0 is the sum, the others are elements of `operands`
    /// @param base the first of the scratch arrays that it may use
    public Epilogue(Expr expr, List<View> operands, View output, int base) {
        this.map = new BlockMap(output.dims(), List.of(expr), 1, operands, List.of(output));
        this.output = output;
        this.nest = Nest.of(output.dims(), List.of(output));
        this.plainStore = output.dtype() == DType.F32 && expr.equals(Expr.arg(0, DType.F32));
        this.base = base;
    }

    /// Ends `rows` rows of sums: row i, of `n` sums from `at + i · step` on, becomes the elements of the output
    /// from `position + i · rowPositions` on.
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
