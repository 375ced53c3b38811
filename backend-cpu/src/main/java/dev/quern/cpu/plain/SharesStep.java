package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.ScratchPlan;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import java.util.Arrays;
import java.util.List;

/// Rows of numbers as [Shares] of 1: a unit is as many rows as stay in the first-level cache.
public final class SharesStep implements Step {
    private static final int NUMBERS_PER_UNIT = 4096;

    /// The scratch array of the rows that are worked on.
    private static final int BLOCK = RowShares.ARRAYS;

    private final View input;
    private final View output;
    private final RowShares shares;
    private final Nest rows;
    private final int length;
    private final int rowsPerUnit;

    /// @param shares does it
    /// @param kernel that of [Shares] whose [rows][Shares#haveRows] are neighbours
    public SharesStep(RowShares shares, Kernel.Native kernel) {
        this.input = kernel.inputs().getFirst();
        this.output = kernel.outputs().getFirst();
        this.shares = shares;
        int last = output.rank() - 1;
        this.length = output.dim(last);
        this.rows = Nest.of(Arrays.copyOf(output.dims(), last), List.of(firsts(input), firsts(output)));
        this.rowsPerUnit = Math.max(1, NUMBERS_PER_UNIT / length);
    }

    /// The first element of each row.
    private static View firsts(View view) {
        int last = view.rank() - 1;
        return View.of(
                view.buffer(),
                view.dtype(),
                view.offset(),
                Arrays.copyOf(view.dims(), last),
                Arrays.copyOf(view.strides(), last));
    }

    @Override
    public int units() {
        return Math.ceilDiv(rows.length(), rowsPerUnit);
    }

    @Override
    public long nanosPerUnit() {
        return 100 + (long) Math.min(rowsPerUnit, rows.length()) * length;
    }

    @Override
    public void plan(ScratchPlan plan) {
        int most = Math.min(rowsPerUnit, rows.length());
        RowShares.plan(plan, 0, most);
        plan.floats(BLOCK, (long) most * length);
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        float[] x = workspace.floats(input.buffer());
        float[] y = workspace.floats(output.buffer());
        float[] block = scratch.floats(BLOCK, Math.min(rowsPerUnit, rows.length()) * length);
        int end = Math.min(to * rowsPerUnit, rows.length());
        int inner = rows.inner();
        for (int row = from * rowsPerUnit; row < end; ) {
            workspace.control().check();
            int n = Math.min(Math.min(rowsPerUnit, end - row), inner - row % inner);
            copy(x, rows.address(0, row), rows.innerStride(0), block, 0, length, n);
            shares.run(scratch, 0, block, 0, length, n, length);
            copy(block, 0, length, y, rows.address(1, row), rows.innerStride(1), n);
            row += n;
        }
    }

    private void copy(float[] from, int at, int step, float[] to, int toAt, int toStep, int n) {
        if (step == length && toStep == length) {
            System.arraycopy(from, at, to, toAt, n * length);
            return;
        }
        for (int i = 0; i < n; i++) {
            System.arraycopy(from, at + i * step, to, toAt + i * toStep, length);
        }
    }
}
