package dev.quern.reference;

import dev.quern.kernel.Kernel;
import dev.quern.tensor.DType;
import dev.quern.tensor.Elements;

/// Sorts the positions of each line by a stable merge, then stores the first of them.
final class SortLoop implements Loop {
    private final Kernel.Sort kernel;

    SortLoop(Kernel.Sort kernel) {
        this.kernel = kernel;
    }

    @Override
    public void run(Elements[] buffers, Pulse pulse) {
        int axis = kernel.axis();
        Elements from = Buffers.of(kernel.input(), buffers);
        Elements values = Buffers.of(kernel.values(), buffers);
        Elements indices = Buffers.of(kernel.indices(), buffers);
        Lines lines = new Lines(kernel.input().dims(), axis);
        int step = kernel.input().stride(axis);
        int count = kernel.values().dim(axis);
        StableOrder order = new StableOrder(lines.length());
        for (Cursor line = lines.over(kernel.input(), kernel.values(), kernel.indices()); line.inside(); line.next()) {
            int start = line.in[0];
            int[] sorted = order.sort((a, b) -> compare(from, start + a * step, start + b * step), pulse);
            for (int i = 0; i < count; i++) {
                Object target = values.array();
                int at = line.in[1] + i * kernel.values().stride(axis);
                Copy.elements(from.array(), start + sorted[i] * step, 1, target, at, 1, 1);
                indices.set(line.in[2] + i * kernel.indices().stride(axis), (long) sorted[i]);
            }
        }
    }

    private int compare(Elements of, int a, int b) {
        int ascending = of.dtype().isFloat()
                ? compareFloats(of.getDouble(a), of.getDouble(b))
                : of.dtype() == DType.U64
                        ? Long.compareUnsigned(of.getLong(a), of.getLong(b))
                        : Long.compare(of.getLong(a), of.getLong(b));
        return kernel.largest() ? -ascending : ascending;
    }

    /// As numbers, so that −0 equals 0; NaN above all.
    private static int compareFloats(double a, double b) {
        if (a < b) {
            return -1;
        }
        return a > b ? 1 : Boolean.compare(Double.isNaN(a), Double.isNaN(b));
    }
}
