package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.FoldAssembler;
import dev.quern.cpu.codegen.FoldKernel;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.NotGenerated;
import dev.quern.cpu.codegen.Operands;
import dev.quern.kernel.Reducer;
import java.util.List;
import java.util.Objects;

/// Reductions of rows of floats as machine code: full speed from the first call.
public final class MachineFolds implements FoldAssembler {
    /// Instructions on vectors in one call: it holds off the garbage collector, so it is to last at most 0.1 ms,
    /// but for a single long row.
    private static final int MOST_WORK = 200_000;

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
        public void run(Operands operands, int rows, int runs, int n, Object lanes, Object results, int resultAt) {
            if (runs > 1 && n % Reducer.LANES != 0) {
                throw new IllegalArgumentException(runs + " runs of " + n + " elements");
            }
            Objects.checkFromIndexSize(resultAt, rows, ((float[]) results).length);
            check(operands, rows, runs, n);
            int[] step = operands.step();
            int[] between = operands.between();
            for (int v = 0; v < views.size(); v++) {
                step[v] -= runs * between[v];
            }
            int atOnce = Math.max(1, most / (runs * n));
            if (rows <= atOnce) {
                call(operands, rows, runs, n, results, resultAt);
            } else {
                runInParts(operands, atOnce, rows, runs, n, results, resultAt);
            }
            for (int v = 0; v < views.size(); v++) {
                step[v] += runs * between[v];
            }
        }

        private void runInParts(
                Operands operands, int atOnce, int rows, int runs, int n, Object results, int resultAt) {
            int[] at = operands.at();
            int[] begin = operands.begin();
            System.arraycopy(at, 0, begin, 0, views.size());
            for (int row = 0; row < rows; row += atOnce) {
                for (int v = 0; v < views.size(); v++) {
                    at[v] = begin[v] + row * (operands.step()[v] + runs * operands.between()[v]);
                }
                call(operands, Math.min(atOnce, rows - row), runs, n, results, resultAt + row);
            }
            System.arraycopy(begin, 0, at, 0, views.size());
        }

        private void check(Operands operands, int rows, int runs, int n) {
            for (int v = 0; v < views.size(); v++) {
                long lastRow = (rows - 1L) * operands.step()[v];
                long lastRun = (runs - 1L) * operands.between()[v];
                long before = Math.min(0, lastRow) + Math.min(0, lastRun);
                views.check(operands, v, before, Math.max(0, lastRow) + Math.max(0, lastRun), n);
            }
        }

        private void call(Operands operands, int rows, int runs, int n, Object results, int resultAt) {
            int rest = n % Reducer.LANES;
            int width = masks.length - 1;
            try {
                LaneFunction.CALL.invokeExact(
                        code.code(),
                        code.constants(),
                        operands.atSegment(),
                        operands.stepSegment(),
                        operands.betweenSegment(),
                        operands.segment(0),
                        operands.segment(1),
                        operands.segment(2),
                        operands.segment(3),
                        operands.segment(4),
                        operands.segment(5),
                        operands.over(results),
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
