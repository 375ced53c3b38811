package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.FoldAssembler;
import dev.quern.cpu.codegen.FoldKernel;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.NotGenerated;
import dev.quern.kernel.Reducer;
import dev.quern.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/// Reductions of rows of floats as machine code: full speed from the first call.
public final class MachineFolds implements FoldAssembler {
    /// Instructions on vectors in one call: it holds off the garbage collector, so it is to last at most 0.1 ms,
    /// but for a single long row.
    private static final int MOST_WORK = 200_000;

    /// What is passed for views that there are not.
    private static final MemorySegment NO_VIEW = MemorySegment.ofArray(new float[1]);

    /// Between the runs of rows that have one.
    private static final int[] NO_DISTANCES = new int[FoldLoop.VIEWS];

    private final VectorSet set = MachineCode.vectors();

    @Override
    public FoldKernel assemble(LaneCode code, int identity, int sum, int tree, List<Access> views) {
        if (views.size() > FoldLoop.VIEWS) {
            throw new NotGenerated("more than " + FoldLoop.VIEWS + " views");
        }
        for (Access view : views) {
            if (view.dtype() != DType.F32 && view.dtype() != DType.I32) {
                throw new NotGenerated("elements of " + view.dtype());
            }
        }
        Selection.Chosen chosen = Selection.of(code, new int[] {sum, tree});
        FoldLoop loop =
                new FoldLoop(chosen, views.stream().map(Access::repeated).toList(), identity, set);
        CodeAndConstants made = CodeAndConstants.of(loop.write(), loop.constants());
        int[] masks = new int[set.lanes() + 1];
        for (int count = 0; count < masks.length; count++) {
            masks[count] = loop.mask(count);
        }
        int most = Math.max(1, MOST_WORK / chosen.insns().size()) * set.lanes();
        return new Assembled(made, List.copyOf(views), masks, most);
    }

    /// @param masks where the mask of so many lanes is
    /// @param most elements in one call
    private record Assembled(CodeAndConstants code, List<Access> views, int[] masks, int most) implements FoldKernel {

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
                int length = arrays[v] instanceof float[] floats ? floats.length : ((int[]) arrays[v]).length;
                long lastRow = (rows - 1L) * step[v];
                long lastRun = (runs - 1L) * between[v];
                long first = at[v] + Math.min(0, lastRow) + Math.min(0, lastRun);
                long end = at[v]
                        + Math.max(0, lastRow)
                        + Math.max(0, lastRun)
                        + (views.get(v).repeated() ? 1 : n);
                Objects.checkFromToIndex(first, end, (long) length);
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
                        view(arrays, 0),
                        view(arrays, 1),
                        view(arrays, 2),
                        view(arrays, 3),
                        view(arrays, 4),
                        view(arrays, 5),
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

        private MemorySegment view(Object[] arrays, int number) {
            return number >= views.size()
                    ? NO_VIEW
                    : arrays[number] instanceof float[] floats
                            ? MemorySegment.ofArray(floats)
                            : MemorySegment.ofArray((int[]) arrays[number]);
        }
    }
}
