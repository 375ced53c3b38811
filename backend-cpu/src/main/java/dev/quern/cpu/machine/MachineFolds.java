package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.FoldAssembler;
import dev.quern.cpu.codegen.FoldKernel;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.NotGenerated;
import dev.quern.kernel.Reducer;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/// Reductions of rows of floats as machine code: full speed from the first call.
public final class MachineFolds implements FoldAssembler {
    /// Instructions on vectors in one call: it holds off the garbage collector, so it is to last at most 0.1 ms,
    /// but for a single long row.
    private static final int MOST_WORK = 200_000;

    /// Between the runs of rows that have one.
    private static final int[] NO_DISTANCES = new int[FoldLoop.VIEWS];

    private final VectorSet set = MachineCode.vectors();

    @Override
    public FoldKernel assemble(LaneCode code, int identity, int sum, int tree, List<Access> views) {
        LaneViews laneViews = LaneViews.of(views, FoldLoop.VIEWS);
        if (laneViews.haveBytes()) {
            throw new NotGenerated("a fold of bytes");
        }
        Selection.Chosen chosen = Selection.of(code, new int[] {sum, tree});
        FoldLoop loop = new FoldLoop(chosen, views, identity, set);
        CodeAndConstants made = CodeAndConstants.of(loop.write(), loop.constants());
        int[] masks = new int[set.lanes() + 1];
        for (int count = 0; count < masks.length; count++) {
            masks[count] = loop.mask(count);
        }
        int most = Math.max(1, MOST_WORK / chosen.insns().size()) * set.lanes();
        return new Assembled(made, laneViews, masks, most);
    }

    /// @param masks where the mask of so many lanes is
    /// @param most elements in one call
    private record Assembled(CodeAndConstants code, LaneViews views, int[] masks, int most) implements FoldKernel {

        @Override
        public void run(
                Object[] arrays,
                int[] at,
                int[] step,
                int[] between,
                int rows,
                int runs,
                int n,
                Object lanes,
                Object results,
                int resultAt) {
            if (runs > 1 && n % Reducer.LANES != 0) {
                throw new IllegalArgumentException(runs + " runs of " + n + " elements");
            }
            float[] to = (float[]) results;
            Objects.checkFromIndexSize(resultAt, rows, to.length);
            check(arrays, at, step, between, rows, runs, n);
            int[] next = runs == 1 ? step : step.clone();
            if (runs > 1) {
                for (int v = 0; v < views.size(); v++) {
                    next[v] -= runs * between[v];
                }
            }
            int[] nextRun = runs == 1 ? NO_DISTANCES : between;
            int atOnce = Math.max(1, most / (runs * n));
            if (rows <= atOnce) {
                call(arrays, at, next, nextRun, rows, runs, n, to, resultAt);
                return;
            }
            int[] begin = at.clone();
            for (int row = 0; row < rows; row += atOnce) {
                for (int v = 0; v < views.size(); v++) {
                    begin[v] = at[v] + row * step[v];
                }
                call(arrays, begin, next, nextRun, Math.min(atOnce, rows - row), runs, n, to, resultAt + row);
            }
        }

        private void check(Object[] arrays, int[] at, int[] step, int[] between, int rows, int runs, int n) {
            for (int v = 0; v < views.size(); v++) {
                long lastRow = (rows - 1L) * step[v];
                long lastRun = (runs - 1L) * between[v];
                long before = Math.min(0, lastRow) + Math.min(0, lastRun);
                views.check(arrays, v, at[v], before, Math.max(0, lastRow) + Math.max(0, lastRun), n);
            }
        }

        private void call(
                Object[] arrays,
                int[] at,
                int[] step,
                int[] between,
                int rows,
                int runs,
                int n,
                float[] results,
                int resultAt) {
            int rest = n % Reducer.LANES;
            int width = masks.length - 1;
            try {
                LaneFunction.CALL.invokeExact(
                        code.code(),
                        code.constants(),
                        MemorySegment.ofArray(at),
                        MemorySegment.ofArray(step),
                        MemorySegment.ofArray(between),
                        views.segment(arrays, 0),
                        views.segment(arrays, 1),
                        views.segment(arrays, 2),
                        views.segment(arrays, 3),
                        views.segment(arrays, 4),
                        views.segment(arrays, 5),
                        MemorySegment.ofArray(results),
                        (long) resultAt * Float.BYTES,
                        (long) rows,
                        (long) runs,
                        (long) (n / Reducer.LANES),
                        (long) masks[Math.min(rest, width)],
                        (long) masks[Math.max(0, rest - width)]);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new LinkageError("machine code cannot be called", e);
            }
        }
    }
}
