package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.MapAssembler;
import dev.quern.cpu.codegen.MapKernel;
import dev.quern.cpu.codegen.NotGenerated;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Maps over elements of 32 bits and bytes as machine code: full speed from the first call.
public final class MachineMaps implements MapAssembler {
    /// Instructions on vectors in one call: it holds off the garbage collector, so it is to last at most 0.1 ms.
    private static final int MOST_WORK = 200_000;

    private final VectorSet set = MachineCode.vectors();

    @Override
    public MapKernel assemble(LaneCode code, int[] results, List<Access> views) {
        LaneViews laneViews = LaneViews.of(views, MapLoop.VIEWS);
        if (views.subList(views.size() - results.length, views.size()).stream().anyMatch(Access::repeated)) {
            throw new NotGenerated("a result of one element");
        }
        Selection.Chosen chosen = Selection.of(code, results);
        MapLoop loop = new MapLoop(chosen, views, set);
        CodeAndConstants made = CodeAndConstants.of(loop.write(), loop.constants());
        int most = Math.max(set.lanes(), MOST_WORK / chosen.insns().size() * set.lanes());
        int[] masks = new int[set.lanes()];
        for (int count = 1; count < masks.length; count++) {
            masks[count] = loop.mask(count);
        }
        return new Assembled(made, laneViews, masks, most);
    }

    /// @param masks where the mask of so many lanes is
    /// @param most elements in one call, a multiple of the lanes
    private record Assembled(CodeAndConstants code, LaneViews views, int[] masks, int most) implements MapKernel {

        @Override
        public void run(Object[] arrays, int[] at, int[] step, int rows, int n) {
            check(arrays, at, step, rows, n);
            if ((long) rows * n <= most) {
                call(arrays, at, step, rows, n);
                return;
            }
            int[] begin = at.clone();
            int columns = Math.min(n, most);
            int rowsAtOnce = Math.max(1, most / columns);
            for (int row = 0; row < rows; row += rowsAtOnce) {
                for (int column = 0; column < n; column += columns) {
                    for (int v = 0; v < views.size(); v++) {
                        begin[v] = at[v] + row * step[v] + (views.isRepeated(v) ? 0 : column);
                    }
                    call(arrays, begin, step, Math.min(rowsAtOnce, rows - row), Math.min(columns, n - column));
                }
            }
        }

        private void check(Object[] arrays, int[] at, int[] step, int rows, int n) {
            for (int v = 0; v < views.size(); v++) {
                long last = (rows - 1L) * step[v];
                views.check(arrays, v, at[v], Math.min(0, last), Math.max(0, last), n);
            }
        }

        private void call(Object[] arrays, int[] at, int[] step, int rows, int n) {
            try {
                LaneFunction.CALL.invokeExact(
                        code.code(),
                        code.constants(),
                        MemorySegment.ofArray(at),
                        MemorySegment.ofArray(step),
                        views.segment(arrays, 0),
                        views.segment(arrays, 1),
                        views.segment(arrays, 2),
                        views.segment(arrays, 3),
                        views.segment(arrays, 4),
                        views.segment(arrays, 5),
                        views.segment(arrays, 6),
                        views.segment(arrays, 7),
                        (long) rows,
                        (long) (n / masks.length),
                        (long) masks[n % masks.length],
                        (long) (n % masks.length),
                        0L,
                        0L);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new LinkageError("machine code cannot be called", e);
            }
        }
    }
}
