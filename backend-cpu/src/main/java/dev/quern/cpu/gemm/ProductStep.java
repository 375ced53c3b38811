package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Epilogue;
import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.ScratchPlan;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.Expr;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A batch of products of packed panels: a unit is one block of one product, from the first product to the epilogue.
final class ProductStep implements Step {
    /// Scratch arrays: panels of A and B packed for one unit, and its sums.
    static final int A_PANELS = 0;

    static final int B_PANELS = 1;
    static final int SUMS = 2;

    /// The first scratch array that is the epilogue's.
    static final int EPILOGUE = Pieces.SCRATCH_ARRAY + 1;

    private final Blocking blocking;
    private final int k;
    private final Lines lines;
    private final BlockKernel kernel;
    private final PanelSource a;
    private final PanelSource b;
    private final @Nullable Epilogue epilogue;
    private final @Nullable View target;
    private final @Nullable EndedTarget ended;
    private final boolean storesShortRows;

    /// @param lines what the columns stand for
    /// @param epilogue not needed where all units [are written at once][#isWrittenAtOnce]
    /// @param target the output, where sums may be written to it at once: nothing happens to them, and it is dense
    /// @param ended the same where something happens to them, or `null`
    ProductStep(
            Blocking blocking,
            int k,
            Lines lines,
            BlockKernel kernel,
            PanelSource a,
            PanelSource b,
            @Nullable Epilogue epilogue,
            @Nullable View target,
            @Nullable EndedTarget ended) {
        this.blocking = blocking;
        this.k = k;
        this.lines = lines;
        this.kernel = kernel;
        this.a = a;
        this.b = b;
        this.epilogue = epilogue;
        this.target = target;
        this.ended = ended;
        this.storesShortRows = storesShortRows();
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
    public void plan(ScratchPlan plan) {
        int rows = blocking.rows(0);
        int columns = blocking.columns(0);
        a.plan(plan, rows);
        b.plan(plan, columns);
        boolean stored = !lines.hasGaps() && (ended != null ? !ended.needsScratch() : target != null);
        if (!stored || !isWrittenAtOnce(kernel, blocking.n(), target, ended)) {
            plan.floats(SUMS, (long) rows * Math.ceilDiv(columns, width(kernel)) * width(kernel));
        }
    }

    /// Whether rows fill no panel, lie one after another and are stored in order.
    private boolean storesShortRows() {
        int n = blocking.n();
        return kernel.storesRowsInOrder()
                && n < kernel.tile().columns()
                && n % width(kernel) != 0
                && !lines.hasGaps()
                && kBlocks() == 1
                && (ended == null ? target != null : ended.hasRowsInLine(n));
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        Sums where = scratch.kept(Scratch.SUMS, Sums.class, Sums::new);
        for (int unit = from; unit < to; unit++) {
            int batch = blocking.batch(unit);
            int row = blocking.row(unit);
            int column = blocking.column(unit);
            int rows = blocking.rows(row);
            int columns = blocking.columns(column);
            Factor right = b.lines(workspace, scratch, batch, column, columns);
            int done = storesShortRows ? shortRows(workspace, scratch, where, batch, row, rows, right) : 0;
            if (done < rows) {
                block(workspace, scratch, where, batch, row + done, column, rows - done, columns, right);
            }
        }
    }

    /// Stores the first rows of a block whose columns fill no panel: what a tile writes beyond a row lies in the rows
    /// behind, which are written later. Gives their number, whole tiles.
    private int shortRows(Workspace workspace, Scratch scratch, Sums sums, int batch, int row, int rows, Factor right) {
        int n = blocking.n();
        int padded = Math.ceilDiv(n, width(kernel)) * width(kernel);
        int height = kernel.tile().rows();
        int some = (rows - Math.ceilDiv(padded - n, n)) / height * height;
        if (some <= 0) {
            return 0;
        }
        Factor left = a.lines(workspace, scratch, batch, row, some);
        if (ended != null) {
            ended.begin(workspace, scratch, sums, batch, row, 0, some, n);
            ended.endPadded(workspace, scratch, EPILOGUE, sums, batch, n, padded);
        } else {
            View to = Objects.requireNonNull(target);
            sums.in(workspace.floats(to.buffer()), to.offset() + (batch * blocking.m() + row) * n, n);
        }
        multiply(workspace, scratch, left, some, right, padded, 0, sums);
        return some;
    }

    private void block(
            Workspace workspace,
            Scratch scratch,
            Sums where,
            int batch,
            int row,
            int column,
            int rows,
            int columns,
            Factor right) {
        int width = width(kernel);
        int padded = Math.ceilDiv(columns, width) * width;
        int element = lines.elementsBefore(column);
        int position = (batch * blocking.m() + row) * lines.elements() + element;
        Factor left = a.lines(workspace, scratch, batch, row, rows);
        if (ended != null && padded == columns && !lines.hasGaps()) {
            Sums sums = ended.begin(workspace, scratch, where, batch, row, column, rows, columns);
            for (int block = 0; block < kBlocks(); block++) {
                if (block == kBlocks() - 1) {
                    ended.end(workspace, sums, batch, row, column);
                }
                multiply(workspace, scratch, left, rows, right, padded, block, sums);
            }
            ended.finish(workspace, sums, batch, row, column, rows, columns);
            return;
        }
        if (target != null && padded == columns && !lines.hasGaps()) {
            int at = target.offset() + position;
            Sums sums = where.in(workspace.floats(target.buffer()), at, lines.elements());
            multiply(workspace, scratch, left, rows, right, padded, sums);
            return;
        }
        Sums sums = where.in(scratch.floats(SUMS, rows * padded), 0, padded);
        multiply(workspace, scratch, left, rows, right, padded, sums);
        if (lines.hasGaps()) {
            lines.close(sums, rows, column, columns);
        }
        int n = lines.elementsBefore(column + columns) - element;
        Objects.requireNonNull(epilogue)
                .apply(workspace, scratch, sums.array(), 0, padded, rows, n, position, lines.elements());
    }

    private void multiply(
            Workspace workspace, Scratch scratch, Factor left, int rows, Factor right, int columns, Sums sums) {
        for (int block = 0; block < kBlocks(); block++) {
            multiply(workspace, scratch, left, rows, right, columns, block, sums);
        }
    }

    private void multiply(
            Workspace workspace,
            Scratch scratch,
            Factor left,
            int rows,
            Factor right,
            int columns,
            int block,
            Sums sums) {
        workspace.control().check();
        int kBlock = Math.ceilDiv(k, kBlocks());
        int p = block * kBlock;
        kernel.multiply(scratch, left, rows, right, columns, p, Math.min(kBlock, k - p), block == 0, sums);
    }

    private int kBlocks() {
        return kBlocks(kernel, k);
    }

    /// What columns are padded to.
    static int width(BlockKernel kernel) {
        return kernel.tile().columns() / (kernel.takesHalfPanels() ? 2 : 1);
    }

    /// Whether tiles store all sums of `columns` columns into the output: no epilogue is needed then.
    static boolean isWrittenAtOnce(
            BlockKernel kernel, int columns, @Nullable View target, @Nullable EndedTarget ended) {
        return (target != null || ended != null) && columns % width(kernel) == 0;
    }

    /// How often a tile is visited.
    static int kBlocks(BlockKernel kernel, int k) {
        return Math.max(1, Math.ceilDiv(k, kernel.kBlock()));
    }

    /// `output` where an epilogue leaves sums as they are and the elements of the output lie in order.
    static @Nullable View directly(Expr epilogue, View output) {
        Nest nest = Nest.of(output.dims(), List.of(output));
        boolean dense = nest.inner() == nest.length() && nest.innerStride(0) == 1;
        return dense && output.dtype() == DType.F32 && epilogue.equals(Expr.arg(0, DType.F32)) ? output : null;
    }
}
