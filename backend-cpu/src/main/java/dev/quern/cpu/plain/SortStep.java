package dev.quern.cpu.plain;

import dev.quern.cpu.run.Scratch;
import dev.quern.cpu.run.Step;
import dev.quern.cpu.run.Workspace;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.View;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;
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
        Elements indices = new Elements(
                kernel.indices().dtype(), workspace.array(kernel.indices().buffer()));
        int stride = kernel.input().stride(kernel.axis());
        for (int line = from; line < to; line++) {
            int base = lines.address(0, line);
            long[] keys = scratch.longs(0, extent);
            for (int i = 0; i < extent; i++) {
                long key = key(in, base + i * stride);
                keys[i] = kernel.largest() ? ~key : key;
            }
            int[] order = StableSort.order(keys, extent, workspace.control());
            for (int i = 0; i < kept; i++) {
                int valueAt = lines.address(1, line) + i * kernel.values().stride(kernel.axis());
                int indexAt = lines.address(2, line) + i * kernel.indices().stride(kernel.axis());
                values.copy(valueAt, in, base + order[i] * stride);
                indices.set(indexAt, (long) order[i]);
            }
        }
    }

    /// A number whose order among longs is that of the element: NaN is the largest, −0 equals 0.
    private static long key(Elements in, int at) {
        if (in.dtype().isFloat()) {
            double x = in.getDouble(at);
            long bits = x == 0 ? 0 : Double.doubleToLongBits(x);
            return bits ^ ((bits >> 63) & Long.MAX_VALUE);
        }
        return in.dtype() == DType.U64 ? in.getLong(at) ^ Long.MIN_VALUE : in.getLong(at);
    }
}
