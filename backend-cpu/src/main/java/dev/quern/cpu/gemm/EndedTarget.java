package dev.quern.cpu.gemm;

import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.Expr;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An output [batch, row, column] that a kernel gives sums ended in its registers: it stores them there at once or,
/// where neighbours are along the rows, in a block that is turned over while it is in the cache.
final class EndedTarget {
    private static final float[] NONE = new float[1];

    private final @Nullable Ending ending;
    private final View output;
    private final @Nullable View columns;
    private final @Nullable View elements;
    private final @Nullable View number;
    private final Transposer transposer;

    private EndedTarget(
            @Nullable Ending ending,
            View output,
            @Nullable View columns,
            @Nullable View elements,
            @Nullable View number,
            Transposer transposer) {
        this.ending = ending;
        this.output = output;
        this.columns = columns;
        this.elements = elements;
        this.number = number;
        this.transposer = transposer;
    }

    /// The target, or `null` where the kernel has no such ending or the views do not lie so.
    ///
    /// @param operands as [batch, row, column], or `null` where no strides say that, as `output`
    /// @param onlyOnce whether a tile is visited once; else an operand that the output is written over would be
    ///     lost
    static @Nullable EndedTarget of(
            BlockKernel kernel,
            Expr epilogue,
            List<@Nullable View> operands,
            @Nullable View output,
            boolean onlyOnce,
            Transposer transposer) {
        if (output == null || output.dtype() != DType.F32 || output.stride(1) < 0 || output.stride(2) < 0) {
            return null;
        }
        boolean turns = output.stride(2) != 1;
        if (turns && output.stride(1) != 1) {
            return null;
        }
        List<Ending.Operand> kinds = new ArrayList<>();
        View columns = null;
        View elements = null;
        View number = null;
        for (View operand : operands) {
            if (operand == null || operand.dtype() != DType.F32) {
                return null;
            }
            if (number == null && isRepeated(operand, 1) && isRepeated(operand, 2)) {
                kinds.add(Ending.Operand.NUMBER);
                number = operand;
            } else if (operand.stride(2) != 1) {
                return null;
            } else if (columns == null && isRepeated(operand, 1)) {
                kinds.add(Ending.Operand.COLUMN);
                columns = operand;
            } else if (elements == null && !turns && operand.stride(1) == output.stride(1) && onlyOnce) {
                kinds.add(Ending.Operand.ELEMENT);
                elements = operand;
            } else {
                return null;
            }
        }
        Ending ending = kernel.ending(epilogue, kinds).orElse(null);
        boolean stays = turns && epilogue.equals(Expr.arg(0, DType.F32));
        return ending == null && !stays ? null : new EndedTarget(ending, output, columns, elements, number, transposer);
    }

    private static boolean isRepeated(View operand, int axis) {
        return operand.stride(axis) == 0 || operand.dim(axis) == 1;
    }

    private boolean turns() {
        return output.stride(2) != 1;
    }

    /// Whether rows of `width` lie one after another, and are ended by their columns alone.
    boolean hasRowsInLine(int width) {
        return !turns() && elements == null && output.stride(1) == width;
    }

    /// Has the sums of rows of `width`, of which `padded` are computed, ended when they are stored the next time.
    ///
    /// @param array the scratch array for the operand of so many columns
    void endPadded(Workspace workspace, Scratch scratch, int array, Sums sums, int batch, int width, int padded) {
        if (columns == null) {
            end(workspace, sums, batch, 0, 0);
        } else if (ending != null) {
            float[] all = scratch.floats(array, padded);
            System.arraycopy(workspace.floats(columns.buffer()), at(columns, batch, 0, 0), all, 0, width);
            sums.ended(ending, all, 0, NONE, 0);
            number(workspace, sums, batch);
        }
    }

    /// Whether sums are not where they end at once.
    boolean needsScratch() {
        return turns();
    }

    /// Where the sums of a block of `rows` × `width` go.
    Sums begin(Workspace workspace, Scratch scratch, Sums sums, int batch, int row, int column, int rows, int width) {
        return turns()
                ? sums.in(scratch.floats(ProductStep.SUMS, rows * width), 0, width)
                : sums.in(workspace.floats(output.buffer()), at(output, batch, row, column), output.stride(1));
    }

    /// Has the sums of a block ended when they are stored the next time.
    void end(Workspace workspace, Sums sums, int batch, int row, int column) {
        if (ending != null) {
            sums.ended(
                    ending,
                    columns == null ? NONE : workspace.floats(columns.buffer()),
                    columns == null ? 0 : at(columns, batch, 0, column),
                    elements == null ? NONE : workspace.floats(elements.buffer()),
                    elements == null ? 0 : at(elements, batch, row, column));
            number(workspace, sums, batch);
        }
    }

    private void number(Workspace workspace, Sums sums, int batch) {
        if (number != null) {
            sums.number(workspace.floats(number.buffer())[at(number, batch, 0, 0)]);
        }
    }

    /// Called when the sums of a block have been stored.
    void finish(Workspace workspace, Sums sums, int batch, int row, int column, int rows, int width) {
        if (turns()) {
            float[] to = workspace.floats(output.buffer());
            int at = at(output, batch, row, column);
            transposer.turn(sums.array(), 0, width, rows, width, to, at, output.stride(2));
        }
    }

    private static int at(View view, int batch, int row, int column) {
        return view.offset() + batch * view.stride(0) + row * view.stride(1) + column * view.stride(2);
    }
}
