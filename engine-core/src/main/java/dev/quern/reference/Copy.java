package dev.quern.reference;

import dev.quern.kernel.View;
import dev.quern.tensor.Elements;
import java.util.Arrays;

/// Moves elements from view to view of the same dims and carrier, bits unchanged.
final class Copy {
    private Copy() {}

    static void run(View from, View to, Elements[] buffers, Pulse pulse) {
        if (to.length() == 0) {
            return;
        }
        Object source = buffers[from.buffer()].array();
        Object target = buffers[to.buffer()].array();
        int last = to.rank() - 1;
        int count = last < 0 ? 1 : to.dim(last);
        int fromStep = last < 0 ? 1 : from.stride(last);
        int toStep = last < 0 ? 1 : to.stride(last);
        int[] rows = Arrays.copyOf(to.dims(), Math.max(0, last));
        for (Cursor row = Cursor.reading(rows, from, to); row.inside(); row.next()) {
            elements(source, row.in[0], fromStep, target, row.in[1], toStep, count);
            pulse.spend(count);
        }
    }

    /// Moves `count` elements that lie `step` apart.
    static void elements(Object from, int at, int step, Object to, int toAt, int toStep, int count) {
        if (count == 1 || (step == 1 && toStep == 1)) {
            System.arraycopy(from, at, to, toAt, count);
            return;
        }
        switch (from) {
            case float[] source -> {
                float[] target = (float[]) to;
                for (int i = 0; i < count; i++) {
                    target[toAt + i * toStep] = source[at + i * step];
                }
            }
            case double[] source -> {
                double[] target = (double[]) to;
                for (int i = 0; i < count; i++) {
                    target[toAt + i * toStep] = source[at + i * step];
                }
            }
            case long[] source -> {
                long[] target = (long[]) to;
                for (int i = 0; i < count; i++) {
                    target[toAt + i * toStep] = source[at + i * step];
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    System.arraycopy(from, at + i * step, to, toAt + i * toStep, 1);
                }
            }
        }
    }
}
