package dev.quern.testkit;

import dev.quern.expr.BinaryFn;
import dev.quern.kernel.Kernel;
import dev.quern.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Pooling, one window at a time.
final class OracleWindow {
    private OracleWindow() {}

    static void run(Kernel.Window k, Memory memory) {
        DType type = k.input().dtype().computeType();
        int[] taps = k.taps().stream().mapToInt(i -> i).toArray();
        int[] plane = Arrays.copyOfRange(k.input().dims(), 2, k.input().rank());
        Memory.each(k.output().dims(), p -> {
            List<int[]> met = new ArrayList<>();
            int[] padded = {0};
            Memory.each(taps, tap -> {
                int[] q = Arrays.copyOf(p, p.length);
                boolean real = true;
                boolean inside = true;
                for (int s = 0; s < taps.length; s++) {
                    q[s + 2] = p[s + 2] * k.strides().get(s)
                            + tap[s] * k.dilations().get(s)
                            - k.padLow().get(s);
                    real &= q[s + 2] >= 0 && q[s + 2] < plane[s];
                    inside &= q[s + 2] < plane[s] + k.padHigh().get(s);
                }
                padded[0] += inside ? 1 : 0;
                if (real && inside) {
                    met.add(q);
                }
            });
            memory.write(pool(k, met, padded[0], type, memory), k.output(), p);
            if (k.indices() != null) {
                memory.write(maximum(k, met, plane, memory), k.indices(), p);
            }
        });
    }

    private static Number pool(Kernel.Window k, List<int[]> met, int padded, DType type, Memory memory) {
        BinaryFn fn = k.reducer() == Kernel.WindowReducer.MAX ? BinaryFn.MAX : BinaryFn.ADD;
        Number pooled = Num.identity(fn, type);
        for (int[] q : met) {
            pooled = Num.apply(fn, pooled, memory.read(k.input(), q), type);
        }
        return switch (k.reducer()) {
            case MAX, SUM -> pooled;
            case AVERAGE ->
                Num.apply(BinaryFn.DIV, pooled, Num.convert(k.countPadding() ? padded : met.size(), type), type);
        };
    }

    private static Number maximum(Kernel.Window k, List<int[]> met, int[] plane, Memory memory) {
        int[] best = {};
        Number value = -1L;
        for (int[] q : met) {
            Number x = memory.read(k.input(), q);
            if (Num.isNaN(x)) {
                return (long) linear(plane, q);
            }
            if (best.length == 0 || Num.order(x, value, k.input().dtype()) > 0) {
                best = q;
                value = x;
            }
        }
        return best.length == 0 ? -1L : (long) linear(plane, best);
    }

    private static int linear(int[] plane, int[] q) {
        return Memory.linear(plane, Arrays.copyOfRange(q, 2, q.length));
    }
}
