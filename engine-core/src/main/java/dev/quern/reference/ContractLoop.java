package dev.quern.reference;

import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.Elements;
import java.util.Arrays;
import java.util.List;

/// Multiplies matrices row by row: the accumulators of one row of the output take one row of `b` after another, so
/// each of them sees k ascending while the innermost loop runs along contiguous memory.
final class ContractLoop implements Loop {
    private final Kernel.Contract kernel;
    private final Operand a;
    private final Operand b;
    private final Epilogue epilogue;

    ContractLoop(Kernel.Contract kernel) {
        this.kernel = kernel;
        this.a = new Operand(kernel.a(), kernel.aZero());
        this.b = new Operand(kernel.b(), kernel.bZero());
        this.epilogue =
                new Epilogue(1, kernel.epilogueOperands(), List.of(kernel.epilogue()), List.of(kernel.output()));
    }

    @Override
    public void run(Elements[] buffers, Pulse pulse) {
        View output = kernel.output();
        int axes = output.rank() - 2;
        int m = output.dim(axes);
        int n = output.dim(axes + 1);
        int k = kernel.a().dim(axes + 1);
        Row sums = Row.of(kernel.accumulate(), n);
        Epilogue.Pass pass = epilogue.byRow(buffers);
        int[] batches = Arrays.copyOf(output.dims(), axes);
        Row[] right = null;
        for (Cursor batch = Cursor.reading(batches); batch.inside() && pass.inside(); batch.next()) {
            Row left = a.block(kernel.accumulate(), batch.index, buffers);
            right = right != null && b.isConstantAlong(axes)
                    ? right
                    : b.rows(kernel.accumulate(), batch.index, buffers);
            for (int i = 0; i < m; i++) {
                sums.clear(0, n);
                for (int p = 0; p < k; p++) {
                    sums.multiplyAdd(left, i * k + p, right[p]);
                    pulse.spend(n);
                }
                pass.state(0, sums.finished());
                pass.store(0, pulse);
            }
        }
    }
}
