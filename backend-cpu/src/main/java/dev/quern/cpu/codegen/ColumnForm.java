package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.plain.ShortRowTurns;
import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.Expr;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Reducer;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Reduces many neighbouring kept positions at once: each reduced position adds a row of elements to one of 16 rows of
/// lanes, which are combined at the end. Rows of at most 16 reduced elements are turned over first.
final class ColumnForm implements ReduceForm {
    /// The most kept positions at once where they are all: 16 rows of lanes then fill three quarters of a first-level
    /// cache.
    private static final int WHOLE = 384;

    /// The most of several parts.
    private static final int WIDTH = 256;

    private static final int ROWS = Reducer.LANES;

    /// The most rows in one call.
    private static final int MOST_ROWS = 256;

    /// Scratch arrays: operands that are turned over, behind the lanes.
    private static final int TURNED = LANES + 1;

    private final List<Pass> passes;
    private final List<Switch<MapKernel>> kernels = new ArrayList<>();
    private final List<Switch<MapKernel>> trees = new ArrayList<>();
    private final List<View> operands;
    private final Nest kept;
    private final Nest reduced;
    private final DType type;
    private final Transposer transposer;
    private final boolean[] isTurned;

    /// @throws NotGenerated where kept positions are not neighbours
    ColumnForm(Kernel.Reduce kernel, List<Pass> passes, Generated generated) {
        this.passes = passes;
        this.operands = kernel.operands();
        this.type = passes.getFirst().type();
        this.kept = ReduceForm.kept(kernel);
        this.reduced = ReduceForm.reduced(kernel);
        this.transposer = generated.transposer();
        this.isTurned = new boolean[operands.size()];
        List<Access> views = new ArrayList<>();
        for (int v = 0; v < operands.size(); v++) {
            int stride = kept.innerStride(v);
            isTurned[v] = stride > 1 && isShortRow(v);
            if (stride != 0 && stride != 1 && !isTurned[v]) {
                throw new NotGenerated("rows and columns with strides");
            }
            views.add(new Access(operands.get(v).dtype(), stride == 0));
        }
        Access lanes = new Access(type, false);
        for (Pass pass : passes) {
            Expr element = pass.element();
            Expr sum = Expr.arg(views.size(), element.dtype());
            List<Access> all = new ArrayList<>(views);
            all.add(lanes);
            all.add(lanes);
            kernels.add(generated.map(List.of(sum.apply(pass.fn(), element)), all));
            trees.add(ColumnTree.kernel(pass.fn(), type, generated));
            views.add(lanes);
        }
    }

    /// Whether rows are few elements each, and enough of them lie evenly spaced.
    private boolean isShortRow(int v) {
        return operands.get(v).dtype() == DType.F32
                && kept.inner() >= ROWS
                && reduced.rank() == 1
                && reduced.inner() <= ROWS
                && reduced.innerStride(v) == 1;
    }

    /// Kept positions of a unit: a few are read as whole rows, one after the other; of more, two threads share them
    /// evenly, and the parts of rows that they read are long.
    int atOnce() {
        int all = kept.length();
        boolean areRows = all <= WHOLE && kept.inner() == all && followsEachOther(all);
        return areRows ? all : Math.clamp(all / 2L / ROWS * ROWS, WIDTH / 4, WIDTH);
    }

    @Override
    public boolean isReady() {
        return Switch.areReady(kernels) && Switch.areReady(trees);
    }

    @Override
    public void worked(long nanos) {
        kernels.forEach(k -> k.worked(nanos));
        trees.forEach(k -> k.worked(nanos));
    }

    @Override
    public void reduce(Workspace workspace, Scratch scratch, int start, int n) {
        int inner = kept.inner();
        for (int done = 0; done < n; ) {
            int position = start + done;
            int width = Math.min(Math.min(WHOLE, n - done), inner - position % inner);
            turn(workspace, scratch, position, width);
            for (int k = 0; k < passes.size(); k++) {
                Object state = ReduceForm.array(scratch, type, k, n);
                fold(workspace, scratch, k, position, width, done, n, state);
                if (passes.get(k).mean()) {
                    ReduceForm.divide(state, done, done + width, reduced.length());
                }
            }
            done += width;
        }
    }

    private void turn(Workspace workspace, Scratch scratch, int position, int width) {
        for (int v = 0; v < isTurned.length; v++) {
            if (isTurned[v]) {
                float[] rows = (float[]) workspace.array(operands.get(v).buffer());
                int at = kept.address(v, position);
                float[] columns = turned(scratch, v);
                ShortRowTurns.toColumns(transposer, rows, at, kept.innerStride(v), width, reduced.inner(), columns);
            }
        }
    }

    private static float[] turned(Scratch scratch, int v) {
        return scratch.floats(TURNED + v, ROWS * WHOLE);
    }

    private void fold(
            Workspace workspace, Scratch scratch, int k, int position, int width, int done, int n, Object state) {
        Object lanes = ReduceForm.array(scratch, type, LANES, ROWS * WHOLE);
        int live = Math.min(ROWS, reduced.length());
        fill(lanes, live * width, passes.get(k).identity());
        int count = operands.size();
        int sum = count + k;
        Operands of = Operands.of(scratch, sum + 2);
        int[] at = of.at();
        int[] step = of.step();
        for (int v = 0; v < count; v++) {
            if (isTurned[v]) {
                of.set(v, turned(scratch, v));
            } else {
                of.set(v, workspace, operands.get(v).buffer());
            }
            step[v] = isTurned[v] ? width : reduced.innerStride(v);
        }
        if (k > 0) {
            of.set(count, ReduceForm.array(scratch, type, 0, n));
            at[count] = done;
            step[count] = 0;
        }
        of.set(sum, lanes);
        of.set(sum + 1, lanes);
        step[sum] = width;
        step[sum + 1] = width;
        MapKernel kernel = kernels.get(k).required();
        int run = reduced.inner();
        int length = reduced.length();
        boolean follows = k == 0 && followsEachOther(width);
        int quiet = 0;
        for (int r = 0; r < length; ) {
            int lane = r % ROWS;
            int left = Math.min(run - r % run, length - r);
            for (int v = 0; v < count; v++) {
                at[v] = isTurned[v] ? r * width : kept.address(v, position) + reduced.address(v, r);
            }
            at[sum] = lane * width;
            at[sum + 1] = lane * width;
            int rows = Math.min(ROWS - lane, left);
            if (follows && lane == 0 && left >= ROWS) {
                rows = Math.min(left, MOST_ROWS) / ROWS * ROWS;
                Arrays.fill(step, 0, count, ROWS * width);
                step[sum] = 0;
                step[sum + 1] = 0;
                kernel.run(of, rows / ROWS, ROWS * width);
                Arrays.fill(step, 0, sum + 2, width);
            } else {
                kernel.run(of, rows, width);
            }
            r += rows;
            quiet += rows * width;
            if (quiet > PATIENCE) {
                quiet = 0;
                workspace.control().check();
            }
        }
        ColumnTree.fold(scratch, trees.get(k).required(), lanes, live, width);
        System.arraycopy(lanes, 0, state, done, width);
    }

    /// Whether `width` elements are a whole row of each operand, and row follows row: 16 of them are added to all lanes
    /// at once.
    private boolean followsEachOther(int width) {
        return IntStream.range(0, operands.size())
                .allMatch(v -> !isTurned[v] && kept.innerStride(v) == 1 && reduced.innerStride(v) == width);
    }

    private static void fill(Object lanes, int n, double value) {
        switch (lanes) {
            case float[] x -> Arrays.fill(x, 0, n, (float) value);
            case double[] x -> Arrays.fill(x, 0, n, value);
            default -> throw new IllegalArgumentException("no lanes in " + lanes.getClass());
        }
    }
}
