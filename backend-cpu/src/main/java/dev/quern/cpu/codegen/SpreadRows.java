package dev.quern.cpu.codegen;

import dev.quern.cpu.plain.Nest;
import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Runs a [MapKernel] over rows so short that each would be a fraction of a vector: operands that are one element for a
/// row, or the same row again and again, are first spread out in scratch arrays, so that many rows are one.
final class SpreadRows {
    /// Rows of fewer elements are short.
    private static final int SHORT = 16;

    /// Positions at once: what is spread out stays in the first-level cache.
    private static final int ROOM = 512;

    private final List<View> views;
    private final Nest nest;

    private SpreadRows(List<View> views, Nest nest) {
        this.views = views;
        this.nest = nest;
    }

    /// Empty where rows are long, or lie otherwise.
    static Optional<SpreadRows> of(Kernel.Map kernel) {
        List<View> views = new ArrayList<>(kernel.inputs());
        views.addAll(kernel.outputs());
        Nest nest = Nest.of(kernel.extent(), views);
        SpreadRows rows = new SpreadRows(views, nest);
        if (nest.rank() != 2 || nest.inner() >= SHORT) {
            return Optional.empty();
        }
        for (int v = 0; v < views.size(); v++) {
            boolean spreads = v < kernel.inputs().size()
                    && views.get(v).dtype() == DType.F32
                    && (rows.isOneInRow(v) || rows.isSameRow(v));
            if (!rows.isFlat(v) && !spreads) {
                return Optional.empty();
            }
        }
        return Optional.of(rows);
    }

    private boolean isFlat(int v) {
        return nest.innerStride(v) == 1 && nest.stride(v, 0) == nest.inner();
    }

    private boolean isOneInRow(int v) {
        return nest.innerStride(v) == 0;
    }

    private boolean isSameRow(int v) {
        return nest.innerStride(v) == 1 && nest.stride(v, 0) == 0;
    }

    /// How the one long row meets each view.
    List<Access> accesses() {
        return views.stream().map(v -> new Access(v.dtype(), false)).toList();
    }

    /// Computes and stores positions `start` to `start + n`.
    void run(MapKernel kernel, Workspace workspace, Scratch scratch, int start, int n) {
        Operands operands = Operands.of(scratch, views.size());
        int[] at = operands.at();
        for (int done = 0; done < n; done += ROOM) {
            int position = start + done;
            int length = Math.min(ROOM, n - done);
            for (int v = 0; v < views.size(); v++) {
                int buffer = views.get(v).buffer();
                if (isFlat(v)) {
                    operands.set(v, workspace, buffer);
                    at[v] = nest.address(v, position);
                } else {
                    float[] from = workspace.floats(buffer);
                    float[] spread = scratch.floats(v, ROOM);
                    if (isOneInRow(v)) {
                        repeat(from, v, position, length, spread);
                    } else {
                        again(from, v, position, length, spread);
                    }
                    operands.set(v, spread);
                    at[v] = 0;
                }
            }
            kernel.run(operands, 1, length);
        }
    }

    private void repeat(float[] from, int v, int position, int length, float[] to) {
        int inner = nest.inner();
        int step = nest.stride(v, 0);
        int row = position / inner;
        int source = nest.offset(v) + row * step;
        int end = (row + 1) * inner - position;
        for (int i = 0; i < length; end += inner) {
            float x = from[source];
            source += step;
            for (int last = Math.min(end, length); i < last; i++) {
                to[i] = x;
            }
        }
    }

    private void again(float[] from, int v, int position, int length, float[] to) {
        int inner = nest.inner();
        int offset = nest.offset(v);
        int column = position % inner;
        for (int i = 0; i < Math.min(inner, length); i++) {
            to[i] = from[offset + column];
            column = column + 1 == inner ? 0 : column + 1;
        }
        for (int done = inner; done < length; done *= 2) {
            System.arraycopy(to, 0, to, done, Math.min(done, length - done));
        }
    }
}
