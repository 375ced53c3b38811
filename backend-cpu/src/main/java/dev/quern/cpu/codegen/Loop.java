package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.View;
import java.util.ArrayList;
import java.util.List;

/// Runs a [MapKernel] over ranges of positions of an iteration space, rectangle by rectangle.
final class Loop {
    private final int states;
    private final List<View> views;
    private final Nest nest;
    private final int[] step;
    private final int rows;

    /// @param dims the iteration space: the dims of every view
    /// @param states how many arrays come before those of the views, one element for each position
    Loop(int[] dims, int states, List<View> inputs, List<View> outputs) {
        this.states = states;
        this.views = new ArrayList<>(inputs);
        views.addAll(outputs);
        this.nest = Nest.of(dims, views);
        this.step = new int[states + views.size()];
        int outer = nest.rank() - 2;
        this.rows = outer < 0 ? 1 : nest.dim(outer);
        for (int v = 0; v < views.size(); v++) {
            step[states + v] = outer < 0 ? 0 : nest.stride(v, outer);
        }
        for (int k = 0; k < states; k++) {
            step[k] = nest.inner();
        }
    }

    int length() {
        return nest.length();
    }

    /// How the innermost loop meets each view.
    ///
    /// @throws NotGenerated where one has gaps
    List<Access> accesses() {
        List<Access> accesses = new ArrayList<>();
        for (int v = 0; v < views.size(); v++) {
            int stride = nest.inner() == 1 ? 1 : nest.innerStride(v);
            if (stride != 0 && stride != 1) {
                throw new NotGenerated("an inner stride of " + stride);
            }
            accesses.add(new Access(views.get(v).dtype(), stride == 0));
        }
        return accesses;
    }

    /// The arrays of states, which the caller fills in, and of views, in this order.
    private Operands operands(Workspace workspace, Scratch scratch) {
        Operands operands = Operands.of(scratch, step.length);
        for (int v = 0; v < views.size(); v++) {
            operands.set(states + v, workspace, views.get(v).buffer());
        }
        System.arraycopy(step, 0, operands.step(), 0, step.length);
        return operands;
    }

    private void addresses(int[] at, int stateAt, int position) {
        for (int k = 0; k < states; k++) {
            at[k] = stateAt;
        }
        for (int v = 0; v < views.size(); v++) {
            at[states + v] = nest.address(v, position);
        }
    }

    /// Computes and stores positions `start` to `start + n`, where there are no states.
    void run(MapKernel kernel, Workspace workspace, Scratch scratch, int start, int n) {
        run(kernel, operands(workspace, scratch), start, n, 0);
    }

    /// The same with states.
    ///
    /// @param stateAt where in each state's array position `start` is
    /// @param state the arrays of the states
    void run(MapKernel kernel, Workspace workspace, Scratch scratch, int start, int n, int stateAt, Object... state) {
        Operands operands = operands(workspace, scratch);
        for (int k = 0; k < states; k++) {
            operands.set(k, state[k]);
        }
        run(kernel, operands, start, n, stateAt);
    }

    private void run(MapKernel kernel, Operands operands, int start, int n, int stateAt) {
        int inner = nest.inner();
        for (int done = 0; done < n; ) {
            int position = start + done;
            int row = position / inner;
            int column = position - row * inner;
            boolean whole = column == 0 && n - done >= inner;
            int rowsHere = whole ? Math.min((n - done) / inner, rows - row % rows) : 1;
            int length = whole ? inner : Math.min(n - done, inner - column);
            addresses(operands.at(), stateAt + done, position);
            kernel.run(operands, rowsHere, length);
            done += rowsHere * length;
        }
    }

    /// Rows of one state, as [dev.quern.cpu.plain.Epilogue#apply] says.
    void runRows(
            MapKernel kernel,
            Workspace workspace,
            Scratch scratch,
            float[] sums,
            int sumsAt,
            int sumsStep,
            int rows,
            int n,
            int position,
            int rowPositions) {
        Operands operands = operands(workspace, scratch);
        operands.set(0, sums);
        if (isRectangle(rows, n, position, rowPositions)) {
            int[] apart = operands.step();
            apart[0] = sumsStep;
            for (int v = 0; nest.rank() == 1 && v < views.size(); v++) {
                apart[1 + v] = rowPositions * nest.innerStride(v);
            }
            addresses(operands.at(), sumsAt, position);
            kernel.run(operands, rows, n);
            return;
        }
        for (int i = 0; i < rows; i++) {
            run(kernel, operands, position + i * rowPositions, n, sumsAt + i * sumsStep);
        }
    }

    /// Whether such rows are evenly spaced in every view.
    private boolean isRectangle(int count, int n, int position, int rowPositions) {
        int inner = nest.inner();
        return nest.rank() == 1
                || (inner == rowPositions && position % inner + n <= inner && position / inner % rows + count <= rows);
    }
}
