package dev.quern.cpu.machine;

import dev.quern.cpu.codegen.Access;
import dev.quern.cpu.codegen.LaneCode;
import dev.quern.cpu.codegen.MapAssembler;
import dev.quern.cpu.codegen.MapKernel;
import dev.quern.cpu.codegen.NotGenerated;
import dev.quern.cpu.codegen.Operands;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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
        Selection.Chosen undivided = Selection.of(code, results, views);
        int size = Math.max(chosen.insns().size(), undivided.insns().size());
        int most = Math.max(set.lanes(), MOST_WORK / size * set.lanes());
        Form quick = undivided.scales().isEmpty() ? null : form(undivided, views);
        return new Assembled(form(chosen, views), quick, undivided.scales(), laneViews, most);
    }

    private Form form(Selection.Chosen chosen, List<Access> views) {
        MapLoop loop = new MapLoop(chosen, views, set);
        CodeAndConstants made = CodeAndConstants.of(loop.write(), loop.constants());
        int[] masks = new int[set.lanes()];
        for (int count = 1; count < masks.length; count++) {
            masks[count] = loop.mask(count);
        }
        return new Form(made, masks);
    }

    /// @param masks where the mask of so many lanes is
    private record Form(CodeAndConstants code, int[] masks) {}

    /// @param quick the form for scales that fit, or `null`
    /// @param scales the views where these are
    /// @param most elements in one call, a multiple of the lanes
    private record Assembled(Form form, @Nullable Form quick, List<Integer> scales, LaneViews views, int most)
            implements MapKernel {

        @Override
        public void run(Operands operands, int rows, int n) {
            check(operands, rows, n);
            Form by = quick != null && fit(operands, rows) ? quick : form;
            if ((long) rows * n <= most) {
                call(by, operands, rows, n);
            } else {
                runInParts(by, operands, rows, n);
            }
        }

        private boolean fit(Operands operands, int rows) {
            for (int i = 0; i < scales.size(); i++) {
                int view = scales.get(i);
                float[] scale = (float[]) Objects.requireNonNull(operands.arrays()[view]);
                for (int row = 0; row < (operands.step()[view] == 0 ? 1 : rows); row++) {
                    if (!VariableScale.fits(scale[operands.at()[view] + row * operands.step()[view]])) {
                        return false;
                    }
                }
            }
            return true;
        }

        private void runInParts(Form by, Operands operands, int rows, int n) {
            int[] at = operands.at();
            int[] begin = operands.begin();
            int[] step = operands.step();
            System.arraycopy(at, 0, begin, 0, views.size());
            int columns = Math.min(n, most);
            int rowsAtOnce = Math.max(1, most / columns);
            for (int row = 0; row < rows; row += rowsAtOnce) {
                for (int column = 0; column < n; column += columns) {
                    for (int v = 0; v < views.size(); v++) {
                        at[v] = begin[v] + row * step[v] + (views.isRepeated(v) ? 0 : column);
                    }
                    call(by, operands, Math.min(rowsAtOnce, rows - row), Math.min(columns, n - column));
                }
            }
            System.arraycopy(begin, 0, at, 0, views.size());
        }

        private void check(Operands operands, int rows, int n) {
            for (int v = 0; v < views.size(); v++) {
                long last = (rows - 1L) * operands.step()[v];
                views.check(operands, v, Math.min(0, last), Math.max(0, last), n);
            }
        }

        private void call(Form by, Operands operands, int rows, int n) {
            int[] masks = by.masks();
            try {
                LaneFunction.CALL.invokeExact(
                        by.code().code(),
                        by.code().constants(),
                        operands.atSegment(),
                        operands.stepSegment(),
                        operands.segment(0),
                        operands.segment(1),
                        operands.segment(2),
                        operands.segment(3),
                        operands.segment(4),
                        operands.segment(5),
                        operands.segment(6),
                        operands.segment(7),
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
