package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.expr.IntegerMath;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// A Sort kernel: a unit is one line along the axis.
public final class SortStep implements Step {
    private final Kernel.Sort kernel;
    private final Nest lines;
    private final int extent;
    private final int kept;

    public SortStep(Kernel.Sort kernel) {
        this.kernel = kernel;
        extent = kernel.input().dim(kernel.axis());
        kept = kernel.values().dim(kernel.axis());
        lines = Nest.of(
                first(kernel.values()).dims(),
                List.of(first(kernel.input()), first(kernel.values()), first(kernel.indices())));
    }

    private View first(View view) {
        return view.slice(kernel.axis(), 0, Math.min(1, kept), 1);
    }

    @Override
    public int units() {
        return lines.length();
    }

    @Override
    public long nanosPerUnit() {
        return 50 + 20L * extent * (32 - Integer.numberOfLeadingZeros(extent));
    }

    @Override
    public void run(Workspace workspace, Scratch scratch, int from, int to) {
        DType type = kernel.input().dtype();
        Elements in = new Elements(type, workspace.array(kernel.input().buffer()));
        Elements values = new Elements(type, workspace.array(kernel.values().buffer()));
        Elements indices = new Elements(kernel.indices().dtype(), workspace.array(kernel.indices().buffer()));
        int stride = kernel.input().stride(kernel.axis());
        for (int line = from; line < to; line++) {
            int base = lines.address(0, line);
            Comparator<Integer> ascending = type.isFloat()
                    ? (i, j) -> compare(in.getDouble(base + i * stride), in.getDouble(base + j * stride))
                    : (i, j) -> IntegerMath.compare(
                            type, in.getLong(base + i * stride), in.getLong(base + j * stride));
            Integer[] order = new Integer[extent];
            Arrays.setAll(order, i -> i);
            Arrays.sort(order, kernel.largest() ? ascending.reversed() : ascending);
            for (int i = 0; i < kept; i++) {
                int valueAt = lines.address(1, line) + i * kernel.values().stride(kernel.axis());
                int indexAt = lines.address(2, line) + i * kernel.indices().stride(kernel.axis());
                values.copy(valueAt, in, base + order[i] * stride);
                indices.set(indexAt, (long) order[i]);
            }
        }
    }

    /// NaN is the largest, and −0 equals 0.
    private static int compare(double a, double b) {
        return a == b ? 0 : Double.compare(a, b);
    }
}
